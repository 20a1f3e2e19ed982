//! `fstat(2)`, `stat(2)` and their structure, from the C library. Where it has two sets, the plain one cannot describe
//! files with large sizes or inode numbers.

#[cfg(not(all(target_env = "gnu", target_pointer_width = "32")))]
pub use libc::{fstat, stat, stat as structure};
#[cfg(all(target_env = "gnu", target_pointer_width = "32"))]
pub use libc::{fstat64 as fstat, stat64 as stat, stat64 as structure};
