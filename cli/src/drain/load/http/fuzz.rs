//! Any answer is read, in whatever parts it comes.

use super::*;
use crate::fuzzing::{bounded, bytes, config, text};
use proptest::prelude::*;
use proptest::sample::Index;

const KNOWN: &[&str] = &[
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 503 No\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: ",
    "content-length: 3\r\n",
    "\r\n",
    "\n",
    "\r",
    ": ",
    ";",
    "0\r\n\r\n",
    "3\r\nabc\r\n",
    "ffffffff",
    "fffffffffffffffff\r\n",
    "-1",
    " ",
    "x",
    "\0",
    "\u{e9}",
];
const HEADS: [&str; 4] = [
    "",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
];
const URLS: &[&str] = &[
    "http://", "unix:", "https", "/", ":", "[", "]", "::1", "80", "0", "@", "?", "#", "h", "\u{e9}", " ", "\r\n", "%",
    "65536", "..",
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_answer(head in any::<Index>(), rest in bytes(KNOWN), at in any::<Index>(), end: bool) {
        let answer = [head.get(&HEADS).as_bytes(), &rest].concat();
        let whole = bounded(|| body(&answer, end));
        if let Ok(Some(found)) = &whole {
            prop_assert!(found.len() <= answer.len());
        }
        // What is complete before the end stays so.
        if let Ok(Some(part)) = body(&answer[..at.index(answer.len() + 1)], false) {
            prop_assert_eq!(whole, Ok(Some(part)));
        }
        let _ = bounded(|| chunks(&rest, end));
    }

    #[test]
    fn any_url(text in text(URLS), head: bool) {
        let text = format!("{}{text}", if head { "http://" } else { "" });
        if let Ok(url) = bounded(|| Url::parse(&text)) {
            let request = url.request();
            prop_assert_eq!(request.lines().count(), 6, "{}", request);
            prop_assert!(request.starts_with("GET /") && request.ends_with("\r\n\r\n"));
        }
    }
}
