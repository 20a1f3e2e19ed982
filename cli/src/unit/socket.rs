//! The section `[Socket]`: what is listened on before the service starts.
#![forbid(unsafe_code)]

use super::specifier::Specifiers;
use super::syntax::Assignment;
use super::{Remarks, text};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listen {
    pub kind: Kind,
    pub place: String,
}

/// The type of a socket, of any family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Stream,
    Datagram,
    SequentialPacket,
}

#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Socket {
    /// The name of the descriptors.
    pub name: String,
    pub listen: Vec<Listen>,
}

/// Applies the assignments of a socket unit, in order.
pub fn read(assignments: &[Assignment], specifiers: &Specifiers, remarks: &mut Remarks) -> Result<Socket, String> {
    let mut socket = Socket { name: text(&specifiers.expand(b"%n")), ..Socket::default() };
    for one in assignments {
        if remarks.passes_over(one) {
            continue;
        }
        let value = text(&specifiers.expand(one.value.as_bytes()));
        let kind = match one.key.as_str() {
            "ListenStream" => Kind::Stream,
            "ListenDatagram" => Kind::Datagram,
            "ListenSequentialPacket" => Kind::SequentialPacket,
            "FileDescriptorName" if value.is_empty() => continue,
            "FileDescriptorName" => {
                if crate::message::fd_name_is_valid(&value) {
                    socket.name = value;
                } else {
                    remarks.ignored(one);
                }
                continue;
            }
            "Accept" if matches!(value.as_str(), "no" | "0" | "false" | "off" | "n" | "f" | "") => continue,
            "Accept" => return Err(format!("{}: Accept={value}: not emulated by run", one.place)),
            // Set by the service, or without effect here.
            "Service" => continue,
            _ => {
                remarks.not_emulated(one);
                continue;
            }
        };
        if value.is_empty() {
            socket.listen.clear();
        } else {
            socket.listen.push(Listen { kind, place: value });
        }
    }
    Ok(socket)
}
