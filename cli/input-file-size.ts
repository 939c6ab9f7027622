/** Of a small file that a flag names: for variables, labels, arguments, a profile. */
export const INPUT_FILE_BYTES = 4 << 20
