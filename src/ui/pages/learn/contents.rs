//! The table of contents, with what is done.

use super::chapter::part_name;
use super::progress::Progress;
use crate::lessons::CHAPTERS;
use crate::ui::class_link::ClassLink;
use crate::ui::hide;
use crate::ui::i18n::{Language, t, td_string, use_i18n};
use crate::ui::route::Route;
use leptos::prelude::*;

/// A chapter's name and what it is about, in a line.
pub fn title(language: Language, chapter: &str) -> (&'static str, &'static str) {
    macro_rules! of {
        ($title:ident, $about:ident) => {
            (td_string!(language, learn.$title), td_string!(language, learn.$about))
        };
    }
    match chapter {
        "tensors" => of!(title_tensors, about_tensors),
        "autograd" => of!(title_autograd, about_autograd),
        "activations" => of!(title_activations, about_activations),
        "losses" => of!(title_losses, about_losses),
        "softmax" => of!(title_softmax, about_softmax),
        "neuron" => of!(title_neuron, about_neuron),
        "chain-rule" => of!(title_chain_rule, about_chain_rule),
        "mlp" => of!(title_mlp, about_mlp),
        "entropy" => of!(title_entropy, about_entropy),
        "mnist-mlp" => of!(title_mnist_mlp, about_mnist_mlp),
        "convolution" => of!(title_convolution, about_convolution),
        "watching" => of!(title_watching, about_watching),
        "devices" => of!(title_devices, about_devices),
        _ => of!(title_overfitting, about_overfitting),
    }
}

/// All chapters as a list of links.
#[component]
pub fn Contents(progress: Progress) -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let items = CHAPTERS.map(|chapter| {
        let done = move || progress.is_done(chapter);
        view! {
            <li data-done=move || done().to_string()>
                <a href=move || route.link(&format!("learn/{chapter}")) data-testid=format!("chapter-{chapter}")>
                    {move || title(i18n.language(), chapter).0}
                </a>
                <span class="muted">{move || title(i18n.language(), chapter).1}</span>
                {move || done().then(|| view! { <span class="done-mark">"✓ " {t!(i18n, learn.done)}</span> })}
            </li>
        }
    });
    view! {
        <section class="contents">
            <h1>{t!(i18n, learn.title)}</h1>
            <p class="muted">{t!(i18n, learn.lead)}</p>
            <p class="contents-progress">
                <progress max=CHAPTERS.len() value=move || progress.count() aria-label=t!(i18n, learn.progress)></progress>
                <span class="number" data-testid="progress">
                    {move || t!(i18n, learn.done_of, done = progress.count(), all = CHAPTERS.len())()}
                </span>
                {move || (progress.count() > 0).then(|| view! {
                    <button type="button" class="quiet small" on:click=move |_| progress.forget()>{t!(i18n, learn.forget)}</button>
                })}
            </p>
            <ol>{items.collect_view()}</ol>
            <ClassLink parts=&hide::LEARN names=part_name />
        </section>
    }
}
