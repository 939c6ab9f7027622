/** Signatures of images with key files, in cosign's formats: keys, signing, verification. */
export type { SigningErrorCode } from './errors.ts'
export { SigningError } from './errors.ts'
export { type GeneratedKeys, generateKeys } from './keys/generate-keys.ts'
export { readPrivateKey } from './keys/private-key.ts'
export { readPublicKey } from './keys/public-key.ts'
export { type SignatureFormat, type SignRequest, signImage } from './sign-image.ts'
export { type VerifiedSignature, type VerifyRequest, verifyImage } from './verify-image.ts'
