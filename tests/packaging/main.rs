//! Releases and packages: the build in strangers' hands, crates, Debian packages, recipes of others, and programs that are
//! switched over.

mod apt;
mod build;
mod crates;
mod places;
mod published;
mod recipes;
mod release;
mod switching;
mod wheels;
