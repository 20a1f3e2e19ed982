use super::*;

fn types(format: &str) -> Vec<Argument> {
    let mut types = Vec::new();
    let count = arguments(format.as_bytes(), |index, kind| {
        if types.len() <= index {
            types.resize(index + 1, Argument::Int);
        }
        types[index] = kind;
    });
    assert_eq!(types.len(), count);
    types
}

#[test]
fn each_kind() {
    use Argument::*;
    for (format, expected) in [
        ("no conversion", &[][..]),
        ("%% and %m", &[]),
        ("%d %hhd %hd %c", &[Int, Int, Int, Int]),
        ("%ld %lu %zu", &[Long, Long, if size_of::<usize>() > 4 { Long } else { Int }]),
        ("%lld %qd", &[LongLong, LongLong]),
        ("%s %p %n %ls", &[Pointer, Pointer, Pointer, Pointer]),
        ("%lc %C", &[Int, Int]),
        ("%f %.3e %Lg", &[Double, Double, LongDouble]),
        ("%*d", &[Int, Int]),
        ("%-*.*s", &[Int, Int, Pointer]),
        ("%2$s %1$d", &[Int, Pointer]),
        ("%3$s", &[Int, Int, Pointer]),
        ("%2$*1$f", &[Int, Double]),
        ("a lone %", &[]),
    ] {
        assert_eq!(types(format), expected, "{format:?}");
    }
}

#[cfg(target_env = "gnu")]
mod like_glibc {
    use super::*;
    use crate::testing::config;
    use proptest::prelude::*;
    use proptest::string::string_regex;
    use std::ffi::CString;

    unsafe extern "C" {
        fn parse_printf_format(format: *const core::ffi::c_char, n: usize, types: *mut c_int) -> usize;
    }

    const ROOM: usize = 64;

    /// glibc's answer, where ours is a class of types.
    fn of_glibc(kind: c_int) -> Argument {
        const LONG_LONG: c_int = 1 << 8;
        const LONG: c_int = 1 << 9;
        const POINTER: c_int = 1 << 11;
        match (kind & 0xff, kind & !0xff) {
            (_, flags) if flags & POINTER != 0 => Argument::Pointer,
            (0 | 1, LONG_LONG) => Argument::LongLong,
            (0 | 1, LONG) => Argument::Long,
            (0..=2, _) => Argument::Int,
            (3..=5, _) => Argument::Pointer,
            (6 | 7, LONG_LONG) => Argument::LongDouble,
            (6 | 7, _) => Argument::Double,
            other => panic!("{other:?}"),
        }
    }

    /// Where both have the same size, long long counts as long.
    fn class(argument: Argument) -> Argument {
        match argument {
            Argument::LongLong if size_of::<libc::c_long>() == size_of::<libc::c_longlong>() => Argument::Long,
            other => other,
        }
    }

    fn conversion() -> impl Strategy<Value = String> {
        // Without q and L, which C leaves undefined for integers and glibc treats as int.
        let integer = "(hh|h|l|ll|j|z|Z|t|)[diouxX]";
        let other = "(L|)[eEfFgGaA]|(l|)[cs]|[CSpmn%]";
        let width = "([0-9]{0,2}|\\*)(\\.[0-9]{0,2}|\\.\\*|)";
        (string_regex(&format!("[ +#0'-]{{0,3}}{width}")).expect("a regular expression"), prop_oneof![integer, other])
            .prop_map(|(width, end)| format!("%{width}{end}"))
    }

    fn check(format: &str) -> std::result::Result<(), TestCaseError> {
        let c = CString::new(format).expect("no NUL");
        let mut theirs = [0; ROOM];
        // SAFETY: the format is NUL-terminated, and there is room for as many types as said.
        let n = unsafe { parse_printf_format(c.as_ptr(), ROOM, theirs.as_mut_ptr()) };
        prop_assume!(n <= ROOM);
        let theirs: Vec<_> = theirs[..n].iter().map(|kind| class(of_glibc(*kind))).collect();
        let ours: Vec<_> = types(format).into_iter().map(class).collect();
        prop_assert_eq!(ours, theirs, "{:?}", format);
        Ok(())
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn on_random_conversions(parts in proptest::collection::vec(prop_oneof![conversion(), "[a-z =]{0,4}"], 0..8)) {
            check(&parts.concat())?;
        }

        #[test]
        fn on_numbered_conversions(
            parts in proptest::collection::vec((1_usize..9, "[-+ #0]{0,2}[0-9]?(\\.[0-9])?(l|ll|)[dux]|s|p|f|Lf"), 1..8)
        ) {
            // The same argument twice with two types is undefined.
            let mut seen = std::collections::HashSet::new();
            let format: String = parts.iter().filter(|(number, _)| seen.insert(*number))
                .map(|(number, rest)| format!("%{number}${rest} ")).collect();
            check(&format)?;
        }
    }
}
