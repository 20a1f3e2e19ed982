//! Files as an attacker would write them.

use super::*;
use crate::fuzzing::{bounded, config};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use std::fs;
use std::process::Command;
use std::sync::OnceLock;

/// Two small libraries that import from libsystemd, with and without versions.
fn seeds() -> &'static [Vec<u8>] {
    static SEEDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let directory = std::env::temp_dir().join(format!("sdnotify-seeds-{}", std::process::id()));
        fs::create_dir(&directory).expect("a new directory");
        let path = |name: &str| directory.join(name);
        let compile = |source: &str, output: &str, flags: &[&str]| {
            fs::write(path("source.c"), source).expect("a source");
            let mut command = Command::new("cc");
            command.args(["-shared", "-fPIC", "-s", "-o", output, "source.c"]).args(flags).current_dir(&directory);
            assert!(command.status().expect("a C compiler").success(), "{source}");
            fs::read(path(output)).expect("a library")
        };
        fs::write(path("map"), "LIBSYSTEMD_209 { sd_notify; sd_booted; };").expect("a version script");
        let library = "int sd_notify(void) { return 0; } int sd_booted(void) { return 0; }";
        let user = "int sd_notify(void); int sd_booted(void); void *dlopen(const char *, int);
             void *module(void) { return sd_notify() + sd_booted() ? dlopen(\"libsystemd.so.0\", 2) : 0; }";
        let soname = "-Wl,-soname,libsystemd.so.0";
        let mut seeds = Vec::new();
        for version in [&["-Wl,--version-script,map"][..], &[]] {
            compile(library, "libsystemd.so", &[&[soname], version].concat());
            seeds.push(compile(
                user,
                "user.so",
                &["-L.", "-lsystemd", "-Wl,-rpath,$ORIGIN:/opt", "-Wl,-z,max-page-size=4096"],
            ));
        }
        fs::remove_dir_all(&directory).expect("ours");
        seeds
    })
}

fn parsed(bytes: &[u8]) -> Result<Elf, String> {
    let (mut elf, place) = parse(bytes)?;
    if let Some(Range { start, end }) = place {
        elf.strings = strings::scan(&bytes[start as usize..end as usize], end - start).expect("memory");
    }
    Ok(elf)
}

#[test]
fn the_seeds() {
    for (bytes, versioned) in seeds().iter().zip([true, false]) {
        let elf = parsed(bytes).expect("a good file");
        let mut imports: Vec<&str> = elf.imports.iter().map(|import| import.symbol.as_str()).collect();
        imports.sort_unstable();
        assert_eq!(imports, ["sd_booted", "sd_notify"]);
        assert!(elf.imports.iter().all(|import| import.version.is_some() == versioned));
        assert!(elf.loads && elf.needs_libsystemd() && elf.strings.libsystemd);
        assert_eq!([&elf.rpath[..], &elf.runpath].concat(), ["$ORIGIN", "/opt"]);
    }
}

#[test]
fn a_table_that_would_fill_the_memory() {
    let mut bytes = seeds()[0].clone();
    let header = FileHeader64::<Endianness>::parse(&bytes[..]).expect("a good file");
    let endian = header.endian().expect("a good file");
    let (table, sections) = (header.e_shoff(endian) as usize, header.section_headers(endian, &bytes[..]));
    let sections = sections.expect("a good file");
    let index = sections.iter().position(|section| section.sh_type(endian) == elf::SHT_DYNSYM).expect("symbols");
    // sh_offset and sh_size: all of a file that is longer than any table may be.
    let field = table + index * 64 + 24;
    bytes.resize(BUDGET as usize + 48, 0);
    bytes[field..field + 8].copy_from_slice(&0_u64.to_ne_bytes());
    bytes[field + 8..field + 16].copy_from_slice(&((BUDGET / 24 + 1) * 24).to_ne_bytes());
    assert!(parsed(&bytes).is_err_and(|problem| problem.contains("exceed 32 MiB")));
}

/// Numbers that overflow, run past an end, or are one too many.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        Just(1),
        Just(u64::MAX),
        Just(u64::from(u32::MAX)),
        Just(1 << 63),
        0..0x1_0000_u64,
        any::<u64>(),
    ]
}

/// Where, how many bytes, and what; and where the file ends.
fn changes() -> impl Strategy<Value = (Vec<(Index, usize, u64)>, Option<Index>)> {
    (vec((any::<Index>(), 1..=8_usize, number()), 1..16), prop::option::weighted(0.1, any::<Index>()))
}

proptest! {
    #![proptest_config(config())]

    /// Whatever the result, it comes soon and within the memory limit.
    #[test]
    fn changed_files((changes, end) in changes(), seed in any::<Index>(), at_tables in any::<bool>()) {
        let mut bytes = seed.get(seeds()).clone();
        for (place, width, value) in changes {
            // Half of the files have all changes in the headers and tables, where they matter most.
            let within = if at_tables { bytes.len().min(0x600) } else { bytes.len() };
            let at = place.index(within);
            let width = width.min(bytes.len() - at);
            bytes[at..at + width].copy_from_slice(&value.to_ne_bytes()[..width]);
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        if let Ok(elf) = bounded(|| parsed(&bytes)) {
            prop_assert!(elf.needed.len() <= LIBRARIES && elf.rpath.len() + elf.runpath.len() <= 2 * PLACES);
            let names = elf.imports.iter().map(|import| import.symbol.len()).chain(elf.needed.iter().map(String::len));
            // A byte that is not UTF-8 takes three.
            prop_assert!(names.sum::<usize>() as u64 <= 3 * BUDGET);
        }
    }
}
