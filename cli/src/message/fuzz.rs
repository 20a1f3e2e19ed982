//! Any datagram is read.

use super::*;
use crate::fuzzing::{bounded, bytes, config};
use proptest::prelude::*;

const KNOWN: &[&str] = &[
    "READY=1",
    "RELOADING=1",
    "STATUS=",
    "MAINPID=",
    "MAINPIDFDID=",
    "ERRNO=",
    "EXIT_STATUS=",
    "WATCHDOG=",
    "WATCHDOG_USEC=",
    "EXTEND_TIMEOUT_USEC=",
    "FDNAME=",
    "FDPOLL=",
    "FDSTOREREMOVE=1",
    "NOTIFYACCESS=",
    "BARRIER=1",
    "X_A=",
    "REDAY=1",
    "=",
    "\n",
    "\r",
    "\0",
    "1",
    "0x",
    "0b1",
    "-",
    "+",
    " ",
    "trigger",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{e9}",
    "\u{ff}",
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_message(bytes in bytes(KNOWN), excess in 0..3_usize) {
        let length = bytes.len() + excess * MAX_BYTES;
        let read = bounded(|| parse(&bytes, length));
        prop_assert!(length <= MAX_BYTES || read.is_err());
        let remarks = match &read {
            Ok(message) => &message.remarks[..],
            Err(why) => std::slice::from_ref(why),
        };
        // Nothing that a terminal obeys, and no more to say than there is.
        let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count();
        prop_assert!(remarks.len() <= 4 + 3 * lines);
        let is_plain = |c: char| !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c);
        prop_assert!(remarks.iter().all(|remark| remark.as_str().chars().all(is_plain)), "{:?}", remarks);
        if let Ok(message) = read {
            let size: usize = message.assignments.iter().map(|it| it.name.len() + 1 + it.value.len()).sum();
            // A byte that is not UTF-8 takes three.
            prop_assert!(size <= 3 * bytes.len());
            for Assignment { name, value } in &message.assignments {
                prop_assert_eq!(message.usec(name).is_some(), message.get(name).is_some_and(|first| number(first).is_ok()));
                prop_assert!(value.contains('=') || !value.contains('\n'));
                let _ = fd_name_is_valid(value);
            }
        }
    }

    #[test]
    fn any_number(value: u64, text in "[-+ ]{0,2}(0[xob])?[0-9a-f]{0,22}") {
        prop_assert_eq!(number(&value.to_string()), Ok(value));
        prop_assert_eq!(number(&format!("0x{value:x}")), Ok(value));
        if let Ok(value) = bounded(|| number(&text)) {
            prop_assert_eq!(number(&format!("+{value}")), Ok(value));
        }
    }
}
