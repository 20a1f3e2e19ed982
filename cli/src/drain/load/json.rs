//! A number in JSON, at a pointer (RFC 6901).
#![forbid(unsafe_code)]

use serde_json::Value;

/// The number at the pointer, even if it is written as a string.
pub fn find(page: &str, pointer: &str) -> Result<u64, String> {
    let value: Value = serde_json::from_str(page).map_err(|error| format!("not JSON: {error}"))?;
    let number = match value.pointer(pointer) {
        None => return Err(format!("no {pointer} found")),
        Some(Value::Number(number)) => number
            .as_f64()
            .ok_or_else(|| "not a number".to_owned())
            .and_then(|number| super::load(number).map_err(str::to_owned)),
        Some(Value::String(text)) => super::parse(text),
        Some(_) => Err("not a number".into()),
    };
    number.map_err(|why| format!("{pointer}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers() {
        let page = r#"{"active processes":2,"a/b":[{"n":"7"},0.5,-1,1e300,null,"many"]}"#;
        for (pointer, number) in [("/active processes", 2), ("/a~1b/0/n", 7), ("/a~1b/1", 1)] {
            assert_eq!(find(page, pointer), Ok(number), "{pointer}");
        }
        for pointer in ["/a~1b/2", "/a~1b/3", "/a~1b/4", "/a~1b/5", "/a~1b", "/none"] {
            assert!(find(page, pointer).is_err_and(|why| why.contains(pointer)), "{pointer}");
        }
        assert!(find(&"[".repeat(1_000_000), "/0").is_err());
        assert!(find("<html>", "/0").is_err_and(|why| why.starts_with("not JSON: ")));
    }
}
