//! Instructions of a filter. SPEC: linux/filter.h, linux/seccomp.h
pub type Instruction = libc::sock_filter;

pub const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
pub const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
pub const IF_AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
pub const IF_GREATER: u16 = (libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K) as u16;
pub const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
pub const JUMP: u16 = (libc::BPF_JMP | libc::BPF_JA) as u16;
pub const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// Offsets in struct seccomp_data.
pub const NUMBER: u32 = 0;
pub const ARCHITECTURE: u32 = 4;
pub const FIRST_ARGUMENT: u32 = 16;

#[cfg(target_arch = "x86_64")]
pub const X32_BIT: u32 = 0x4000_0000;

/// AUDIT_ARCH_… numbers.
#[cfg(target_arch = "x86_64")]
pub const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "x86_64")]
pub const I386: u32 = 0x4000_0003;
#[cfg(target_arch = "aarch64")]
pub const NATIVE: u32 = 0xc000_00b7;
#[cfg(target_arch = "aarch64")]
pub const ARM: u32 = 0x4000_0028;

pub const ALLOW: Instruction = give(libc::SECCOMP_RET_ALLOW);
pub const KILL: Instruction = give(libc::SECCOMP_RET_KILL_PROCESS);

pub const fn fail(errno: u32) -> Instruction {
    give(libc::SECCOMP_RET_ERRNO | errno)
}

pub const fn give(action: u32) -> Instruction {
    Instruction { code: RETURN, jt: 0, jf: 0, k: action }
}

pub fn load(offset: u32) -> Instruction {
    Instruction { code: LOAD, jt: 0, jf: 0, k: offset }
}

/// Skips `then` or `otherwise` instructions.
pub fn test(code: u16, value: u32, [then, otherwise]: [u8; 2]) -> Instruction {
    Instruction { code, jt: then, jf: otherwise, k: value }
}

pub fn jump(over: u32) -> Instruction {
    Instruction { code: JUMP, jt: 0, jf: 0, k: over }
}
