//! The frame around every view: header, status line, the help on keys. Gives the shared state to all of them.

use super::components::Dialog;
use super::hide;
use super::i18n::{I18n, Language, t, t_string, use_i18n};
use super::networks::Networks;
use super::pages::{Page, View};
use super::route::Route;
use super::state::{DeviceBadge, FrameOwner, PadState, use_device_badge};
use super::status::Status;
use super::storage;
use super::styles::load_styles;
use super::theme::{Theme, ThemeState};
use crate::lessons::CHAPTERS;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// Puts the page where the document has its `id="app"`, or at the end of the body.
pub fn mount() {
    let place = document().get_element_by_id("app").and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    match place {
        Some(place) => {
            // What stood there told that the page was loading.
            place.set_inner_html("");
            mount_to(place, App).forget();
        }
        None => mount_to_body(App),
    }
}

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let route = Route::start(View::ALL[0].about().path);
    let chosen = RwSignal::new(storage::load("language"));
    let language = Memo::new(move |_| {
        let named = route.language().and_then(|code| Language::from_code(&code));
        named.or_else(|| Language::from_code(&chosen.get()?)).unwrap_or_else(language_of_browser)
    });
    let i18n = I18n::new(language);
    let status = Status::new();
    let theme = ThemeState::start();
    let pad = PadState::start();
    provide_context(route);
    provide_context(i18n);
    provide_context(status);
    provide_context(theme);
    provide_context(pad);
    provide_context(DeviceBadge::start());
    provide_context(Networks::start());
    provide_context(FrameOwner::current());

    let view = Memo::new(move |_| View::at(&route.path()));
    Effect::new(move |_| set_document_texts(i18n, view.get()));
    Effect::new(move |earlier: Option<View>| {
        let now = view.get();
        if earlier.is_some_and(|earlier| earlier != now) {
            status.clear();
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
        now
    });

    let help = RwSignal::new(false);
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "?" && !is_text_input(event.target()) {
            event.prevent_default();
            help.set(true);
        }
    });
    on_cleanup(move || listener.remove());

    let choose_language = move |language: Language| {
        storage::save("language", language.code());
        chosen.set(Some(language.code().to_owned()));
        route.set_language(language.code());
    };

    let hiding = move || hide::rules(&route.hidden().0);
    view! {
        <style>{hiding}</style>
        <a class="skip-link" href="#view" on:click=skip_to_view>{t!(i18n, common.skip_to_view)}</a>
        <Header view help choose_language />
        <main id="view" tabindex="-1" data-view=move || view.get().about().path>
            <Stage view />
        </main>
        <StatusLine />
        <Help view open=help />
    }
}

/// The view, once its code is there. The others follow when the first has come to rest, so that they open at once.
#[component]
fn Stage(view: Memo<View>) -> impl IntoView {
    let i18n = use_i18n();
    let status = expect_context::<Status>();
    let pages = RwSignal::new(Vec::<(View, Page)>::new());
    let fetch = move |wanted: View| async move {
        if pages.with_untracked(|pages| pages.iter().any(|(there, _)| *there == wanted)) {
            return;
        }
        let styles = (wanted != View::ALL[0]).then(load_styles);
        let page = (wanted.about().page)().await;
        if let Some(styles) = styles {
            styles.await;
        }
        match page {
            Ok(page) => pages.update(|pages| pages.push((wanted, page))),
            // One that was only fetched ahead is fetched again when it is opened.
            Err(_) if wanted != view.get_untracked() => {}
            Err(_) => status.warn(t!(i18n, common.view_not_loaded)),
        }
    };
    Effect::new(move |_| spawn_local(fetch(view.get())));
    set_timeout(move || View::ALL.into_iter().for_each(|view| spawn_local(fetch(view))), Duration::from_secs(2));
    let page = Memo::new(move |_| {
        let view = view.get();
        pages.with(|pages| pages.iter().position(|(there, _)| *there == view))
    });
    move || match page.get() {
        Some(index) => pages.with_untracked(|pages| pages[index].1)(),
        None => view! { <p class="muted late">{t!(i18n, common.view_loading)}</p> }.into_any(),
    }
}

#[component]
fn Header(
    view: Memo<View>,
    help: RwSignal<bool>,
    choose_language: impl Fn(Language) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let status = expect_context::<Status>();
    let theme = expect_context::<ThemeState>();
    let badge = use_device_badge();
    let links = View::ALL.map(|target| {
        let about = target.about();
        view! {
            <li>
                <a
                    data-view=about.path
                    href=move || route.link(about.path)
                    aria-current=move || (view.get() == target).then_some("page")
                >
                    {move || (about.title)(i18n.language())}
                </a>
            </li>
        }
    });
    let languages = Language::ALL.map(|language| {
        view! {
            <option value=language.code() lang=language.code() selected=move || i18n.language() == language>
                {language.own_name()}
            </option>
        }
    });
    let theme_name = move || match theme.choice() {
        Theme::Auto => t_string!(i18n, common.theme_auto),
        Theme::Light => t_string!(i18n, common.theme_light),
        Theme::Dark => t_string!(i18n, common.theme_dark),
    };
    let next_theme = move |_| {
        let now = Theme::ALL.iter().position(|theme_of| *theme_of == theme.choice()).unwrap_or(0);
        theme.choose(Theme::ALL[(now + 1) % Theme::ALL.len()]);
    };
    view! {
        <header class="page-header">
            <a class="brand" href="#/">"GradLab"</a>
            <nav aria-label=t!(i18n, common.views)>
                <ul>{links.collect_view()}</ul>
            </nav>
            <div class="page-tools">
                <span class="badge" title=t!(i18n, common.device_hint)>
                    <span class="visually-hidden">{t!(i18n, common.device)}</span>
                    <span data-testid="device-name">{move || badge.name()}</span>
                </span>
                <button type="button" class="quiet" on:click=move |_| copy_link(i18n, status, location().href().unwrap_or_default())>
                    {t!(i18n, common.copy_link)}
                </button>
                <button type="button" class="quiet" on:click=next_theme>
                    <span class="visually-hidden">{t!(i18n, common.theme)} " "</span>
                    <span aria-hidden="true">"◐ "</span>
                    {theme_name}
                </button>
                <label class="bare-field">
                    <span class="visually-hidden">{t!(i18n, common.language)}</span>
                    <select
                        data-testid="language"
                        on:change:target=move |event| {
                            if let Some(language) = Language::from_code(&event.target().value()) {
                                choose_language(language);
                            }
                        }
                    >
                        {languages.collect_view()}
                    </select>
                </label>
                <button
                    type="button"
                    class="quiet key-button"
                    aria-label=t!(i18n, common.help_title)
                    on:click=move |_| help.set(true)
                >
                    "?"
                </button>
            </div>
        </header>
    }
}

/// One sentence, and before it what is wrong with the address, if anything is.
#[component]
fn StatusLine() -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let status = expect_context::<Status>();
    let unknown = move || {
        let path = route.path();
        let first = path.first()?;
        match (View::named(first), path.get(1)) {
            (None, _) => Some(t_string!(i18n, common.address_view, name = first)),
            (Some(View::Learn), Some(name)) if !CHAPTERS.contains(&name.as_str()) && name != "lab" => {
                Some(t_string!(i18n, common.address_chapter, name = name))
            }
            _ => None,
        }
    };
    let problem = Memo::new(move |_| unknown().or_else(|| route.problem(i18n)));
    let warning = move || problem.with(Option::is_some) || status.message().is_some_and(|message| message.warning);
    let text = move || {
        let message = status.message().map(|message| message.text.get().to_string());
        [problem.get(), message].into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    view! {
        <p class="status-line" role="status" data-testid="status" data-warning=move || warning().to_string()>{text}</p>
    }
}

/// The keys of the view, and those that work everywhere.
#[component]
fn Help(view: Memo<View>, open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let rows = move || {
        let language = i18n.language();
        let mut keys = (view.get().about().keys)(language);
        keys.push(("?", t_string!(i18n, common.key_help)));
        keys.push(("Tab", t_string!(i18n, common.key_tab)));
        keys.push(("Esc", t_string!(i18n, common.key_escape)));
        keys.into_iter()
            .map(|(key, what)| view! { <tr><th scope="row"><kbd>{key}</kbd></th><td>{what}</td></tr> })
            .collect_view()
    };
    view! {
        <Dialog open title=t!(i18n, common.help_title)>
            <table class="keys"><tbody>{rows}</tbody></table>
        </Dialog>
    }
}

/// Puts a link on the clipboard, and says so.
pub fn copy_link(i18n: I18n, status: Status, link: String) {
    let clipboard = window().navigator().clipboard();
    // Without a secure context there is no clipboard; then the link itself is shown, to be copied by hand.
    if clipboard.is_undefined() {
        status.say(t!(i18n, common.copy_by_hand, link = link));
        return;
    }
    leptos::task::spawn_local(async move {
        match wasm_bindgen_futures::JsFuture::from(clipboard.write_text(&link)).await {
            Ok(_) => status.say(t!(i18n, common.copied)),
            Err(_) => status.say(t!(i18n, common.copy_by_hand, link = link)),
        }
    });
}

fn skip_to_view(event: web_sys::MouseEvent) {
    // The address after `#` is ours: the browser must not follow this one.
    event.prevent_default();
    if let Some(main) = document().get_element_by_id("view").and_then(|main| main.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = main.focus();
    }
}

fn set_document_texts(i18n: I18n, view: View) {
    let language = i18n.language();
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", if language == Language::Chinese { "zh-CN" } else { language.code() });
    }
    document().set_title(&format!("{} - GradLab", (view.about().title)(language)));
}

fn language_of_browser() -> Language {
    window().navigator().language().and_then(|code| Language::from_code(&code)).unwrap_or(Language::English)
}

fn is_text_input(target: Option<web_sys::EventTarget>) -> bool {
    target.and_then(|target| target.dyn_into::<web_sys::Element>().ok()).is_some_and(|element| {
        matches!(element.tag_name().as_str(), "TEXTAREA" | "SELECT")
            || (element.tag_name() == "INPUT"
                && !matches!(element.get_attribute("type").as_deref(), Some("checkbox" | "radio" | "range" | "button")))
    })
}
