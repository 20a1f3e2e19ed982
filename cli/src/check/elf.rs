//! What a program or library says about the libraries that it needs, and what it imports from libsystemd.

use super::covered::LIBSYSTEMD;
use super::open;
use super::strings::{self, Strings};
use nix::errno::Errno;
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{Dyn, FileHeader, ProgramHeader, SectionHeader, SectionTable, Sym};
use object::{Endianness, FileKind, ReadCache, ReadRef};
use std::cell::Cell;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

/// One file, as far as the dynamic linker reads it.
#[derive(Debug, Default)]
pub struct Elf {
    pub kind: Kind,
    pub needed: Vec<String>,
    pub rpath: Vec<String>,
    pub runpath: Vec<String>,
    /// Undefined symbols that libsystemd should define.
    pub imports: Vec<Import>,
    /// Whether it calls dlopen() or dlmopen().
    pub loads: bool,
    pub strings: Strings,
}

impl Elf {
    pub fn needs_libsystemd(&self) -> bool {
        self.needed.iter().any(|name| name == LIBSYSTEMD)
    }
}

/// No real program needs more libraries, names more search paths, or has longer names.
const LIBRARIES: usize = 1024;
const PLACES: usize = 128;
const NAME: u64 = 4096;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Import {
    pub symbol: String,
    /// The version node; `None` if the file was linked against a library without version nodes.
    pub version: Option<String>,
    /// It may stay undefined.
    pub weak: bool,
}

/// The kind of file, by which the linker tells architectures apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Kind {
    pub class: u8,
    pub machine: u16,
}

/// The kind of an ELF file, from the first bytes of its header; `None` if it is not a readable ELF file.
pub fn kind(path: &Path) -> Option<Kind> {
    let mut header = [0; 20];
    open::regular(path).ok()?.read_exact(&mut header).ok()?;
    let [b'\x7f', b'E', b'L', b'F', class, order, .., low, high] = header else {
        return None;
    };
    let machine = if order == elf::ELFDATA2MSB { [high, low] } else { [low, high] };
    Some(Kind { class, machine: u16::from_le_bytes(machine) })
}

/// Whether a file begins like an ELF file.
pub fn is_elf(path: &Path) -> bool {
    kind(path).is_some()
}

/// The text of a system error, without its number.
pub fn describe(error: &std::io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |number| Errno::from_raw(number).desc().to_owned())
}

/// Reads a program or library; the error says why it cannot be examined.
pub fn read(path: &Path) -> Result<Elf, String> {
    let file = open::regular(path)?;
    let mut constants = file.try_clone().map_err(|error| describe(&error))?;
    let (mut elf, place) = parse(&ReadCache::new(file))?;
    if let Some(Range { start, end }) = place {
        constants.seek(SeekFrom::Start(start)).map_err(|error| describe(&error))?;
        elf.strings = strings::scan(constants, end - start).map_err(|error| describe(&error))?;
    }
    Ok(elf)
}

/// Also where the constant data lies in the file.
fn parse<'data>(data: impl ReadRef<'data>) -> Result<(Elf, Option<Range<u64>>), String> {
    let left = Cell::new(BUDGET);
    let data = Bounded { data, left: &left };
    let result = match FileKind::parse(data) {
        Ok(FileKind::Elf64) => read_class::<FileHeader64<Endianness>, _>(data, elf::ELFCLASS64),
        Ok(FileKind::Elf32) => read_class::<FileHeader32<Endianness>, _>(data, elf::ELFCLASS32),
        _ => return Err("not an ELF program or library".into()),
    };
    result.map_err(|problem| match left.get() {
        0 => format!("its tables exceed {} MiB: not a plausible ELF file", BUDGET >> 20),
        _ => format!("damaged ELF file: {problem}"),
    })
}

/// Checks the sizes that a file claims against a limit before allocating memory. No real program comes near it.
#[derive(Clone, Copy)]
struct Bounded<'cell, R> {
    data: R,
    left: &'cell Cell<u64>,
}

const BUDGET: u64 = 32 << 20;

impl<R> Bounded<'_, R> {
    fn spend(&self, size: u64) -> Result<(), ()> {
        let left = self.left.get().checked_sub(size);
        self.left.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(())
    }
}

impl<'data, R: ReadRef<'data>> ReadRef<'data> for Bounded<'_, R> {
    fn len(self) -> Result<u64, ()> {
        self.data.len()
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'data [u8], ()> {
        if offset.checked_add(size).is_none_or(|end| self.data.len().is_ok_and(|len| end > len)) {
            return Err(());
        }
        self.spend(size)?;
        self.data.read_bytes_at(offset, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'data [u8], ()> {
        let end = range.end.min(range.start.saturating_add(NAME));
        let bytes = self.data.read_bytes_at_until(range.start..end, delimiter)?;
        // Includes the cost of keeping a string.
        self.spend(bytes.len() as u64 + 16)?;
        Ok(bytes)
    }
}

fn read_class<'data, Header, R>(data: R, class: u8) -> Result<(Elf, Option<Range<u64>>), String>
where
    Header: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let text = |error: object::read::Error| error.to_string();
    let header = Header::parse(data).map_err(text)?;
    let endian = header.endian().map_err(text)?;
    let mut elf = Elf { kind: Kind { class, machine: header.e_machine(endian) }, ..Elf::default() };
    let sections = header.sections(endian, data).map_err(text)?;
    read_dynamic(&mut elf, &sections, endian, data)?;
    let has_symbols = sections.iter().any(|section| section.sh_type(endian) == elf::SHT_DYNSYM);
    let segments = header.program_headers(endian, data).map_err(text)?;
    if !has_symbols && segments.iter().any(|segment| segment.p_type(endian) == elf::PT_DYNAMIC) {
        return Err("its section headers are stripped".into());
    }
    read_imports(&mut elf, &sections, endian, data).map_err(text)?;
    // Data beyond the end of the file does not exist.
    let constants = sections.iter().find(|section| sections.section_name(endian, section) == Ok(b".rodata"));
    let place = constants.and_then(|section| section.file_range(endian)).and_then(|(start, size)| {
        let end = start.checked_add(size)?.min(data.len().ok()?);
        (start < end).then_some(start..end)
    });
    Ok((elf, place))
}

/// The names of libraries, and their search paths.
fn read_dynamic<'data, Header, R>(
    elf: &mut Elf,
    sections: &SectionTable<'data, Header, R>,
    endian: Endianness,
    data: R,
) -> Result<(), String>
where
    Header: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let text = |error: object::read::Error| error.to_string();
    let Some((entries, strings)) = sections.dynamic(endian, data).map_err(text)? else {
        return Ok(());
    };
    let strings = sections.strings(endian, data, strings).map_err(text)?;
    for entry in entries {
        let tag: u64 = entry.d_tag(endian).into();
        let text = || {
            let offset = entry.val32(endian).unwrap_or(u32::MAX);
            let text = strings.get(offset).map_err(|()| "a name lies outside the file".to_owned())?;
            Ok::<_, String>(String::from_utf8_lossy(text).into_owned())
        };
        let paths = || {
            let text = text()?;
            let paths: Vec<String> = text.split(':').filter(|path| !path.is_empty()).map(str::to_owned).collect();
            if paths.len() > PLACES { Err("too many search paths".to_owned()) } else { Ok(paths) }
        };
        match u32::try_from(tag) {
            Ok(elf::DT_NULL) => break,
            Ok(elf::DT_NEEDED) if elf.needed.len() == LIBRARIES => return Err("needs too many libraries".into()),
            Ok(elf::DT_NEEDED) => elf.needed.push(text()?),
            Ok(elf::DT_RPATH) => elf.rpath = paths()?,
            Ok(elf::DT_RUNPATH) => elf.runpath = paths()?,
            _ => {}
        }
    }
    Ok(())
}

/// The undefined symbols.
fn read_imports<'data, Header, R>(
    elf: &mut Elf,
    sections: &SectionTable<'data, Header, R>,
    endian: Endianness,
    data: R,
) -> object::read::Result<()>
where
    Header: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let is_needed = elf.needs_libsystemd();
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
        let name = symbols.symbol_name(endian, symbol);
        elf.loads |= matches!(name, Ok(b"dlopen" | b"dlmopen"));
        let wanted = match version.and_then(|version| version.file()) {
            Some(file) => file == LIBSYSTEMD.as_bytes(),
            // Without a version, the linker accepts the symbol from any library; all of libsystemd's names begin like
            // this.
            None => is_needed && name?.starts_with(b"sd_"),
        };
        if wanted {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let version = version.map(|version| text(version.name()));
            elf.imports.push(Import { symbol: text(name?), version, weak: symbol.st_bind() == elf::STB_WEAK });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
