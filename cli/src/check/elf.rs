//! What a program or library says about the libraries it needs, and what it wants of libsystemd.

use super::covered::LIBSYSTEMD;
use nix::errno::Errno;
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{Dyn, FileHeader, SectionHeader, Sym};
use object::{Endianness, FileKind, ReadCache, ReadRef};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// One file, as far as the linker of a running program would look at it.
#[derive(Debug, Default)]
pub struct Elf {
    pub class: u8,
    pub machine: u16,
    pub needed: Vec<String>,
    pub rpath: Vec<String>,
    pub runpath: Vec<String>,
    /// Undefined symbols that libsystemd is to define.
    pub imports: Vec<Import>,
    /// The library's name is somewhere in the constant data, though not among what is needed: the program may load
    /// it when it runs.
    pub may_load: bool,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Import {
    pub symbol: String,
    /// The version node; none where the file was linked against a library without them.
    pub version: Option<String>,
    /// It may stay undefined.
    pub weak: bool,
}

/// Whether a file begins as ELF files do.
pub fn is_elf(path: &Path) -> bool {
    let mut magic = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"\x7fELF"
}

/// An error of the system, without its number.
pub fn describe(error: &std::io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |number| Errno::from_raw(number).desc().to_owned())
}

/// Reads a program or library; the error says why it cannot be examined.
pub fn read(path: &Path) -> Result<Elf, String> {
    let file = File::open(path).map_err(|error| describe(&error))?;
    if !file.metadata().is_ok_and(|data| data.is_file()) {
        return Err("not a file".into());
    }
    let cache = ReadCache::new(file);
    let result = match FileKind::parse(&cache) {
        Ok(FileKind::Elf64) => read_class::<FileHeader64<Endianness>, _>(&cache, elf::ELFCLASS64),
        Ok(FileKind::Elf32) => read_class::<FileHeader32<Endianness>, _>(&cache, elf::ELFCLASS32),
        _ => return Err("not an ELF program or library".into()),
    };
    result.map_err(|error| format!("a damaged ELF file: {error}"))
}

fn read_class<'data, Header, R>(data: R, class: u8) -> object::read::Result<Elf>
where
    Header: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let header = Header::parse(data)?;
    let endian = header.endian()?;
    let mut elf = Elf { class, machine: header.e_machine(endian), ..Elf::default() };
    let sections = header.sections(endian, data)?;
    if let Some((entries, strings)) = sections.dynamic(endian, data)? {
        let strings = sections.strings(endian, data, strings)?;
        for entry in entries {
            let tag: u64 = entry.d_tag(endian).into();
            let text = || {
                let offset = entry.val32(endian).unwrap_or(u32::MAX);
                strings.get(offset).map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default()
            };
            let paths = || text().split(':').filter(|path| !path.is_empty()).map(str::to_owned).collect();
            match u32::try_from(tag) {
                Ok(elf::DT_NULL) => break,
                Ok(elf::DT_NEEDED) => elf.needed.push(text()),
                Ok(elf::DT_RPATH) => elf.rpath = paths(),
                Ok(elf::DT_RUNPATH) => elf.runpath = paths(),
                _ => {}
            }
        }
    }
    let is_needed = elf.needed.iter().any(|name| name == LIBSYSTEMD);
    let symbols = sections.symbols(endian, data, elf::SHT_DYNSYM)?;
    let versions = sections.versions(endian, data)?;
    for (index, symbol) in symbols.enumerate().skip(1) {
        if !symbol.is_undefined(endian) {
            continue;
        }
        let version = match &versions {
            Some(versions) => versions.version(versions.version_index(endian, index))?,
            None => None,
        };
        let name = String::from_utf8_lossy(symbols.symbol_name(endian, symbol)?).into_owned();
        let wanted = match version.and_then(|version| version.file()) {
            Some(file) => file == LIBSYSTEMD.as_bytes(),
            // Without a version the linker takes it from wherever it finds it; all of libsystemd's names begin so.
            None => is_needed && name.starts_with("sd_"),
        };
        if wanted {
            let version = version.map(|version| String::from_utf8_lossy(version.name()).into_owned());
            elf.imports.push(Import { symbol: name, version, weak: symbol.st_bind() == elf::STB_WEAK });
        }
    }
    if !is_needed {
        for section in sections.iter().filter(|section| sections.section_name(endian, section) == Ok(b".rodata")) {
            elf.may_load = contains(section.data(endian, data)?, LIBSYSTEMD.as_bytes());
        }
    }
    Ok(elf)
}

fn contains(data: &[u8], text: &[u8]) -> bool {
    data.split(|byte| *byte == 0).any(|string| string.ends_with(text))
}
