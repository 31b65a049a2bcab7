//! The views. To add one: a variant, a line in [`View::ALL`], an arm in [`View::about`].

pub mod backprop;
pub mod bench;
pub mod draw;
pub mod inspect;
pub mod learn;
pub mod train;

use super::i18n::{Language, td_string};
use leptos::prelude::*;

/// What the page can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Draw,
    Train,
    Inspect,
    Backprop,
    Learn,
    Bench,
}

/// What the frame needs to know of a view.
pub struct About {
    /// The first part of its address.
    pub path: &'static str,
    /// Its name in the header.
    pub title: fn(Language) -> &'static str,
    /// The view itself.
    pub page: fn() -> AnyView,
    /// Its keys, and what they do.
    pub keys: fn(Language) -> Vec<(&'static str, &'static str)>,
}

impl View {
    /// In the order of the header.
    pub const ALL: [Self; 6] = [Self::Draw, Self::Train, Self::Inspect, Self::Backprop, Self::Learn, Self::Bench];

    /// All that makes a view a view.
    pub fn about(self) -> About {
        match self {
            Self::Draw => About {
                path: "draw",
                title: |language| td_string!(language, common.view_draw),
                page: || view! { <draw::DrawPage /> }.into_any(),
                keys: draw::keys,
            },
            Self::Train => About {
                path: "train",
                title: |language| td_string!(language, common.view_train),
                page: || view! { <train::TrainPage /> }.into_any(),
                keys: train::keys,
            },
            Self::Inspect => About {
                path: "inspect",
                title: |language| td_string!(language, inspect.view),
                page: || view! { <inspect::InspectPage /> }.into_any(),
                keys: inspect::keys,
            },
            Self::Backprop => About {
                path: "backprop",
                title: |language| td_string!(language, backprop.view),
                page: || view! { <backprop::BackpropPage /> }.into_any(),
                keys: backprop::keys,
            },
            Self::Learn => About {
                path: "learn",
                title: |language| td_string!(language, common.view_learn),
                page: || view! { <learn::LearnPage /> }.into_any(),
                keys: learn::keys,
            },
            Self::Bench => About {
                path: "bench",
                title: |language| td_string!(language, bench.view),
                page: || view! { <bench::BenchPage /> }.into_any(),
                keys: bench::keys,
            },
        }
    }

    /// The view of that name in an address.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.about().path == name)
    }

    /// The view that a path leads to; the first one when it leads nowhere.
    pub fn at(path: &[String]) -> Self {
        path.first().and_then(|name| Self::named(name)).unwrap_or(Self::ALL[0])
    }
}
