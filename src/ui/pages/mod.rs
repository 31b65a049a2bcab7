//! The views. To add one: a variant, a line in [`View::ALL`], an arm in [`View::about`].

pub mod backprop;
pub mod bench;
pub mod draw;
pub mod inspect;
pub mod learn;
pub mod train;

use super::i18n::{Language, td_string};
use crate::part::{NotLoaded, part};
use leptos::prelude::*;
use std::pin::Pin;

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

/// Shows a view; called where it is to stand.
pub type Page = fn() -> AnyView;

/// A view on its way.
pub type Loading = Pin<Box<dyn Future<Output = Result<Page, NotLoaded>>>>;

/// What the frame needs to know of a view.
pub struct About {
    /// The first part of its address.
    pub path: &'static str,
    /// Its name in the header.
    pub title: fn(Language) -> &'static str,
    /// Fetches the view's code, if it is not there yet.
    pub page: fn() -> Loading,
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
                // The first that is seen: part of what is loaded first.
                page: || Box::pin(async { Ok((|| view! { <draw::DrawPage /> }.into_any()) as Page) }),
                keys: draw::keys,
            },
            Self::Train => About {
                path: "train",
                title: |language| td_string!(language, common.view_train),
                page: || Box::pin(async { train_pages().await.map(|[train, _]| train) }),
                keys: train::keys,
            },
            Self::Inspect => About {
                path: "inspect",
                title: |language| td_string!(language, inspect.view),
                page: || Box::pin(async { inside_pages().await.map(|[inspect, _]| inspect) }),
                keys: inspect::keys,
            },
            Self::Backprop => About {
                path: "backprop",
                title: |language| td_string!(language, backprop.view),
                page: || Box::pin(async { inside_pages().await.map(|[_, backprop]| backprop) }),
                keys: backprop::keys,
            },
            Self::Learn => About {
                path: "learn",
                title: |language| td_string!(language, common.view_learn),
                page: || Box::pin(learn_page()),
                keys: learn::keys,
            },
            Self::Bench => About {
                path: "bench",
                title: |language| td_string!(language, bench.view),
                page: || Box::pin(async { train_pages().await.map(|[_, bench]| bench) }),
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

// Inspect and Backprop share most of their code, Train and Speed are small: a part for each pair.
part! {
    fn inside_pages() -> [Page; 2] {
        [|| view! { <inspect::InspectPage /> }.into_any(), || view! { <backprop::BackpropPage /> }.into_any()]
    }
}

part! {
    fn train_pages() -> [Page; 2] {
        [|| view! { <train::TrainPage /> }.into_any(), || view! { <bench::BenchPage /> }.into_any()]
    }
}

part! {
    fn learn_page() -> Page {
        || view! { <learn::LearnPage /> }.into_any()
    }
}
