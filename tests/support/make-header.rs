//! `make header`: writes the headers in include/.

use sdnotify_tests::{header, tree};

fn main() {
    for (path, text) in header::generated() {
        std::fs::write(tree::top().join("include").join(path), text).expect("include/ can be written to");
    }
}
