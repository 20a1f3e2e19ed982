//! Specifiers: `%n`, `%i` and the like in the values of settings.
#![forbid(unsafe_code)]

/// Values of specifiers that do not come from the unit's name, by letter; the caller knows the system.
pub type System = Vec<(u8, Vec<u8>)>;

/// A unit's name, and the values of all specifiers.
#[derive(Clone, Default, Debug)]
pub struct Specifiers {
    name: String,
    system: System,
}

impl Specifiers {
    pub fn new(name: &str, system: System) -> Specifiers {
        Specifiers { name: name.to_owned(), system }
    }

    /// The same for another unit.
    pub fn of(&self, name: &str) -> Specifiers {
        Specifiers::new(name, self.system.clone())
    }

    /// The unit's name without `.service`.
    fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(&self.name, |(stem, _)| stem)
    }

    /// Before and after the `@`.
    fn parts(&self) -> (&str, &str) {
        self.stem().split_once('@').unwrap_or((self.stem(), ""))
    }

    /// The text with all specifiers expanded. Unknown ones stay, as in systemd.
    pub fn expand(&self, text: &[u8]) -> Vec<u8> {
        let mut expanded = Vec::new();
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first() {
            rest = match (byte, after.split_first()) {
                (b'%', Some((&letter, after))) => {
                    expanded.extend(self.get(letter).unwrap_or_else(|| vec![b'%', letter]));
                    after
                }
                _ => {
                    expanded.push(byte);
                    after
                }
            };
        }
        expanded
    }

    fn get(&self, letter: u8) -> Option<Vec<u8>> {
        let (prefix, instance) = self.parts();
        let last = prefix.rsplit_once('-').map_or(prefix, |(_, last)| last);
        let path = |name: &str| [b"/".to_vec(), unescape(name)].concat();
        Some(match letter {
            b'%' => b"%".to_vec(),
            b'n' => self.name.clone().into(),
            b'N' => self.stem().into(),
            b'p' => prefix.into(),
            b'P' => unescape(prefix),
            b'i' => instance.into(),
            b'I' => unescape(instance),
            b'j' => last.into(),
            b'J' => unescape(last),
            b'f' => path(if instance.is_empty() { prefix } else { instance }),
            letter => self.system.iter().find(|(known, _)| *known == letter)?.1.clone(),
        })
    }
}

/// As systemd-escape(1) `--unescape`.
fn unescape(name: &str) -> Vec<u8> {
    let mut unescaped = Vec::new();
    let mut rest = name.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hexadecimal = after.strip_prefix(b"x").and_then(|after| {
            let (digits, after) = after.split_at_checked(2)?;
            Some((u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?, after))
        });
        let (byte, after) = match (byte, hexadecimal) {
            (b'\\', Some((byte, after))) => (byte, after),
            (b'-', _) => (b'/', after),
            _ => (byte, after),
        };
        unescaped.push(byte);
        rest = after;
    }
    unescaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let of = |name: &str, text: &str| {
            let system = vec![(b'H', b"host".to_vec())];
            String::from_utf8(Specifiers::new(name, system).expand(text.as_bytes())).expect("UTF-8")
        };
        assert_eq!(of("a-b.service", "%n %N %p %i. %j %% %H %9 100%"), "a-b.service a-b a-b . b % host %9 100%");
        assert_eq!(of("a-b@c-d\\x2de.service", "%p %P %i %I %f"), "a-b a/b c-d\\x2de c/d-e /c/d-e");
    }
}
