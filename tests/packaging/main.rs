//! Releases and packages: the build in strangers' hands, crates, Debian packages, recipes of others, and programs that are
//! switched over.

mod build;
mod crates;
mod packages;
mod places;
mod published;
mod recipes;
mod switching;
mod wheels;
