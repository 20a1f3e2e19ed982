//! The formats of a page with numbers.
#![forbid(unsafe_code)]

use super::{json, prometheus, text};

/// The number of a field: at a JSON pointer, after `FIELD:`, or of a Prometheus metric.
pub fn find(page: &str, field: &str) -> Result<u64, String> {
    if field.starts_with('/') {
        return json::find(page, field);
    }
    match text::find(page, field).or_else(|| prometheus::find(page, field)) {
        Some(number) => number.map_err(|why| format!("{field}: {why}")),
        None => Err(format!("no '{field}: NUMBER' found")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::fuzzing::config())]

        #[test]
        fn a_number_is_found(number in 0_u32..1_000_000_000, before in "[a-z]{0,9}") {
            let number = u64::from(number);
            prop_assert_eq!(find(&format!("{before}: 1\nqueue x: {number}\n"), "queue x"), Ok(number));
            prop_assert_eq!(find(&format!("# x\nqueue{{a=\"b\"}} {number}\n"), "queue"), Ok(number));
            prop_assert_eq!(find(&format!("{{\"queue\":[{number}]}}"), "/queue/0"), Ok(number));
        }
    }
}
