//! The network as a row of cards from image to probabilities, each with a small picture, its sizes, and what is wrong with it.

use super::feeding::FeedLines;
use super::findings::{findings, percent};
use super::focus::{Focus, Show, picture_of, scale_of, shape_text};
use super::subject::Subject;
use crate::explain::badges::{Badges, badges};
use crate::explain::connections::receptive_field;
use crate::explain::network_trace::{NetworkTrace, Values};
use crate::ui::components::{Scale, Thumbnail, Values as Picture, reveal_in};
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use leptos::html;
use leptos::prelude::*;
use std::sync::Arc;

/// All cards in a row.
#[component]
pub fn Strips(subject: Subject, focus: Focus) -> impl IntoView {
    let count = Memo::new(move |_| subject.trace.with(|trace| trace.as_ref().map_or(0, |trace| trace.layers.len())));
    let found =
        Memo::new(move |_| subject.trace.with(|trace| trace.as_ref().map(|trace| badges(trace)).unwrap_or_default()));
    let row = NodeRef::<html::Ol>::new();
    Effect::new(move |_| {
        focus.layer.get();
        count.track();
        if let Some(row) = row.get() {
            request_animation_frame(move || reveal_in(&row, "[aria-pressed=true]"));
        }
    });
    view! {
        <ol class="strips" node_ref=row>
            <li class="strip"><ImageCard subject focus /></li>
            {move || (0..count.get()).map(|index| view! { <li class="strip"><Strip subject index focus found /></li> }).collect_view()}
            <li class="strip"><Probabilities subject /></li>
            <FeedLines focus row />
        </ol>
    }
}

/// The image, with what reaches the chosen unit marked.
#[component]
fn ImageCard(subject: Subject, focus: Focus) -> impl IntoView {
    let i18n = use_i18n();
    let sloped = Memo::new(move |_| focus.kind.get() == Show::Gradients);
    let values = Signal::derive(move || {
        let numbers: Arc<[f32]> = match sloped.get() {
            true => subject
                .trace
                .with(|trace| trace.as_ref()?.layers.first().map(|view| view.input_gradient.data.clone()))
                .unwrap_or_default(),
            false => subject.ink().unwrap_or_default().into(),
        };
        Some(Picture { width: 28, height: 28, numbers })
    });
    let scale = Signal::derive(move || if sloped.get() { Scale::Signed } else { Scale::Ink });
    view! {
        <div class="strip-card">
            <span class="strip-name">{t!(i18n, inspect.image)}</span>
            <div class="strip-picture"><Thumbnail values=values scale=scale />{move || field_mark(focus)}</div>
            <span class="muted small">"1 × 28 × 28"</span>
        </div>
    }
}

/// A frame around the pixels that reach the chosen unit.
fn field_mark(focus: Focus) -> Option<impl IntoView + use<>> {
    let trace = focus.trace.get()?;
    let index = focus.layer.get().min(trace.layers.len().checked_sub(1)?);
    if !matches!(focus.kind.get(), Show::Activations | Show::Gradients) {
        return None;
    }
    let element = focus.looked_at() + focus.image.get() * trace.layers[index].output.image(0).len();
    let size = trace.layers[0].input.image(0).len().max(1);
    let pixels: Vec<usize> = receptive_field(&trace.layers, index, element).into_iter().map(|at| at % size).collect();
    let (top, bottom) = (pixels.first()? / 28, pixels.last()? / 28);
    let left = pixels.iter().map(|pixel| pixel % 28).min()?;
    let right = pixels.iter().map(|pixel| pixel % 28).max()?;
    let share = |cells: usize| format!("{:.2}%", cells as f64 / 28.0 * 100.0);
    Some(view! {
        <span
            class="field-mark"
            style:left=share(left)
            style:top=share(top)
            style:width=share(right + 1 - left)
            style:height=share(bottom + 1 - top)
        ></span>
    })
}

#[component]
fn Strip(subject: Subject, index: usize, focus: Focus, found: Memo<Vec<Badges>>) -> impl IntoView {
    let i18n = use_i18n();
    let with = move |read: &dyn Fn(&NetworkTrace) -> Option<Values>| subject.trace.with(|trace| read(trace.as_ref()?));
    let values = Memo::new(move |_| with(&|trace| focus.kind.get().of(trace.layers.get(index)?, 0)));
    let picture = Signal::derive(move || values.with(|values| values.as_ref().map(|values| picture_of(values).1)));
    let scale = Signal::derive(move || values.with(|values| values.as_ref().map_or(Scale::Amounts, scale_of)));
    let name = Memo::new(move |_| {
        subject.trace.with(|trace| {
            trace.as_ref().and_then(|trace| trace.layers.get(index).map(|view| view.layer.to_string())).unwrap_or_default()
        })
    });
    let marks = move || {
        let texts = found.with(|found| found.get(index).map(|found| badge_texts(i18n, found)))?;
        Some(view! {
            <span class="strip-badges">
                {texts.into_iter().map(|text| view! { <span class="badge">{text}</span> }).collect_view()}
            </span>
        })
    };
    let shape = move || {
        let shape = values.with(|values| values.as_ref().map(|values| shape_text(&values.shape)));
        shape.unwrap_or_else(|| t_string!(i18n, inspect.no_weights).to_string())
    };
    view! {
        <button
            type="button"
            class="strip-card"
            data-testid=format!("layer-{index}")
            aria-pressed=move || (focus.layer.get() == index).to_string()
            title=move || t_string!(i18n, inspect.open_layer, number = index + 1, name = name.get())
            on:click=move |_| focus.open(index)
        >
            <span class="strip-name">{move || name.get()}</span>
            <span class="strip-picture"><Thumbnail values=picture scale=scale /></span>
            <span class="muted small">{shape}</span>
            {marks}
        </button>
    }
}

/// What is worth a word about a layer, for one image.
fn badge_texts(i18n: I18n, found: &Badges) -> Vec<String> {
    let some = |share: &f64| *share > 0.0;
    let silent = found.dead_share().filter(some);
    let silent = silent.map(|share| t_string!(i18n, inspect.silent, percent = percent(share)));
    findings(i18n, silent, found.saturated.filter(some), found.relative)
}

/// What comes out at the end, as ten small bars.
#[component]
fn Probabilities(subject: Subject) -> impl IntoView {
    let i18n = use_i18n();
    let bars = move || {
        let shares = subject.trace.with(|trace| trace.as_ref().map(|trace| trace.probabilities.data.clone()));
        let bar = |(digit, share): (usize, &f32)| {
            view! { <span class="mini-bar"><span>{digit}</span><span class="mini-track"><span style:transform=format!("scaleX({share:.4})")></span></span></span> }
        };
        shares.map(|shares| shares.iter().enumerate().map(bar).collect_view())
    };
    view! {
        <div class="strip-card">
            <span class="strip-name">"softmax"</span>
            <div class="mini-bars" role="img" aria-label=t!(i18n, inspect.scores)>{bars}</div>
        </div>
    }
}
