//! A chapter: fetches its file in the language of the page and lays it out. A change of language fetches the other file
//! and puts its words in the place of these; all else stays.

use super::blocks::{Place, blocks};
use super::contents::title;
use super::state::LearnState;
use crate::lessons::document::{Document, parse};
use crate::lessons::{CHAPTERS, document::Block};
use crate::ui::class_link::ClassLink;
use crate::ui::hide;
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::route::Route;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// The file of a chapter. The error is a sentence of the browser's or of the parser's.
async fn fetch(language: &'static str, chapter: &'static str) -> Result<Document, String> {
    let failed = |error: wasm_bindgen::JsValue| format!("{error:?}");
    let address = format!("www/lessons/{language}/{chapter}.md");
    let response = JsFuture::from(window().fetch_with_str(&address)).await.map_err(failed)?;
    let response: web_sys::Response = response.dyn_into().map_err(failed)?;
    if !response.ok() {
        return Err(format!("{address}: {}", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(failed)?).await.map_err(failed)?;
    parse(&text.as_string().unwrap_or_default()).map_err(|error| format!("{address}: {error}"))
}

/// One chapter.
#[component]
pub fn Chapter(chapter: &'static str, state: LearnState) -> impl IntoView {
    let i18n = use_i18n();
    let document = RwSignal::new(None::<Arc<Document>>);
    let problem = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let language = i18n.language();
        leptos::task::spawn_local(async move {
            let fetched = fetch(language.code(), chapter).await;
            // The reader may have gone on, or changed the language again, while this was on its way.
            if document.try_get_untracked().is_none() || i18n.language_untracked() != language {
                return;
            }
            match fetched {
                Ok(new) => {
                    problem.set(None);
                    document.set(Some(Arc::new(new)));
                }
                Err(error) => problem.set(Some(error)),
            }
        });
    });
    let body = move || {
        let ready = Memo::new(move |_| document.with(Option::is_some));
        let finish = Callback::new(move |()| state.progress.finish(chapter));
        move || {
            if !ready.get() {
                return view! { <p class="muted">{t!(i18n, learn.loading)}</p> }.into_any();
            }
            let Some(first) = document.get_untracked() else { return ().into_any() };
            let board = state.boards.open(chapter, &first);
            let (notebook, answer) = state.open(chapter, &first);
            let place = Place { board, notebook, answer, finish };
            let list: Signal<Vec<Block>> = Signal::derive(move || {
                document.with(|document| document.as_ref().map(|d| d.blocks.clone())).unwrap_or_default()
            });
            blocks(list, place)
        }
    };
    view! {
        <article class="chapter" data-testid="chapter" data-chapter=chapter>
            <ChapterNavigation chapter at_end=false />
            <h1>{move || title(i18n.language(), chapter).0}</h1>
            {move || problem.get().map(|problem| view! { <p class="field-error">{t!(i18n, learn.not_loaded)} " " {problem}</p> })}
            {body()}
            // Only below the text: it would be pushed down when that arrives.
            <Show when=move || document.with(Option::is_some)>
                <ChapterNavigation chapter at_end=true />
                <ClassLink parts=&hide::LEARN names=part_name />
            </Show>
        </article>
    }
}

/// What the parts are called that can be taken off this view.
pub fn part_name(i18n: I18n, name: &str) -> &'static str {
    match name {
        "cells" => t_string!(i18n, common.class.cells),
        "questions" => t_string!(i18n, learn.question),
        "widget-controls" => t_string!(i18n, common.class.widget_controls),
        _ => t_string!(i18n, common.class.navigation),
    }
}

/// Back, contents, on.
#[component]
fn ChapterNavigation(chapter: &'static str, at_end: bool) -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let at = CHAPTERS.iter().position(|name| *name == chapter).unwrap_or(0);
    let neighbour = move |at: Option<usize>, arrow: fn(&str) -> String| {
        at.and_then(|at| CHAPTERS.get(at)).map(|name| {
            view! {
                <a href=move || route.link(&format!("learn/{name}"))>
                    {move || arrow(title(i18n.language(), name).0)}
                </a>
            }
        })
    };
    view! {
        <nav class="chapter-navigation" aria-label=move || if at_end { t_string!(i18n, learn.chapters_at_end) } else { t_string!(i18n, learn.chapters) }>
            {neighbour(at.checked_sub(1), |title| format!("← {title}"))}
            <a href=move || route.link("learn")>{t!(i18n, learn.contents)} " " {format!("{}/{}", at + 1, CHAPTERS.len())}</a>
            {neighbour(Some(at + 1), |title| format!("{title} →"))}
        </nav>
    }
}
