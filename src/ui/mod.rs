//! The page: views, components, charts, and the state that they share. Nothing is computed here that could be computed
//! in a module which tests natively; nothing else names leptos or the document. `address`, `hide` and
//! `charts::decimate` are pure.

pub mod address;
pub mod charts;
pub mod hide;

#[cfg(page)]
pub mod class_link;
#[cfg(page)]
pub mod components;
#[cfg(page)]
pub mod frame;
#[cfg(page)]
pub mod i18n;
#[cfg(page)]
pub mod networks;
#[cfg(page)]
pub mod pages;
#[cfg(page)]
pub mod panic;
#[cfg(page)]
pub mod route;
#[cfg(page)]
mod setting;
#[cfg(page)]
pub mod state;
#[cfg(page)]
pub mod status;
#[cfg(page)]
pub mod storage;
#[cfg(page)]
pub mod styles;
#[cfg(page)]
pub mod theme;
#[cfg(page)]
pub mod trials;
#[cfg(page)]
pub mod widgets;
