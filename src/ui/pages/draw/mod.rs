//! The Draw view: a pad, what the network reads in it while the pen moves, and what it sees.

mod pad;
mod play;
mod reading;
mod stages;

use crate::data::pad::{Preparation, Prepared, prepare};
use crate::ui::class_link::ClassLink;
use crate::ui::hide;
use crate::ui::i18n::{I18n, Language, t, t_string, td_string, use_i18n};
use crate::ui::networks::{NetworkName, use_networks};
use crate::ui::pages::View;
use crate::ui::route::{Route, Setting, use_setting};
use crate::ui::state::use_pad;
use crate::ui::status::Status;
use leptos::prelude::*;
use pad::Pad;
use play::Player;
use reading::Reading;
use stages::Stages;
use std::sync::Arc;

/// Which steps of the preparation are taken: one setting each, in the address.
#[derive(Clone, Copy)]
struct Steps {
    crop: Setting<bool>,
    fit: Setting<bool>,
    centre: Setting<bool>,
    antialias: Setting<bool>,
    normalise: Setting<bool>,
}

impl Steps {
    fn preparation(self) -> Preparation {
        Preparation {
            crop: self.crop.get(),
            fit: self.fit.get(),
            centre: self.centre.get(),
            antialias: self.antialias.get(),
            normalise: self.normalise.get(),
        }
    }
}

/// Probabilities of the ten digits.
type Probabilities = Vec<f32>;

/// What follows from the strokes: derived, so that it is there as soon as the pen has moved.
#[derive(Clone, Copy)]
struct Derived {
    /// The drawing after the steps that are switched on; none when the pad is empty.
    prepared: Memo<Option<Arc<Prepared>>>,
    /// Read with those steps.
    now: Memo<Option<Probabilities>>,
    /// Read with every step, when some are switched off.
    full: Memo<Option<Probabilities>>,
}

/// Write a digit, see it read.
#[component]
pub fn DrawPage() -> impl IntoView {
    let i18n = use_i18n();
    let pad = use_pad();
    let status = expect_context::<Status>();
    let steps = Steps {
        crop: use_setting("crop", true),
        fit: use_setting("fit", true),
        centre: use_setting("centre", true),
        antialias: use_setting("antialias", true),
        normalise: use_setting("normalise", true),
    };
    let network = use_setting("network", NetworkName::Cnn);
    let networks = use_networks();
    networks.want(NetworkName::Cnn);
    Effect::new(move |_| networks.want(network.get()));

    let prepared = Memo::new(move |_| pad.with(|strokes| prepare(strokes, steps.preparation())).map(Arc::new));
    let in_full = Memo::new(move |_| pad.with(|strokes| prepare(strokes, Preparation::FULL)).map(Arc::new));
    let read = move |prepared: Option<Arc<Prepared>>| networks.read(network.get(), prepared?.input());
    let derived = Derived {
        prepared,
        now: Memo::new(move |_| read(prepared.get())),
        full: Memo::new(move |_| if steps.preparation() == Preparation::FULL { None } else { read(in_full.get()) }),
    };

    let player = Player::new(pad);
    player.greet();
    let on_key = move |event: web_sys::KeyboardEvent| {
        let digit = event.key().parse::<usize>().ok().filter(|digit| *digit < 10);
        if let Some(digit) = digit.filter(|_| !event.ctrl_key() && !event.meta_key() && !event.alt_key()) {
            event.prevent_default();
            player.play(digit);
        }
    };
    let examples = (0..10).map(|digit| {
        view! {
            <button
                type="button"
                class="small digit-button"
                aria-label=t!(i18n, draw.example_of, digit = digit)
                on:click=move |_| player.play(digit)
            >
                {digit}
            </button>
        }
    });
    // Not `disabled`: the keyboard would lose its place the moment the pad is cleared.
    let empty = move || pad.with(Vec::is_empty).to_string();
    let if_any = move |change: fn(crate::ui::state::PadState)| {
        player.stop();
        if pad.with_untracked(Vec::is_empty) { status.say(t!(i18n, draw.empty_already)) } else { change(pad) }
    };
    view! {
        <h1 class="visually-hidden">{t!(i18n, common.view_draw)}</h1>
        <div class="draw-view">
            <section class="draw-pad" aria-label=t!(i18n, draw.pad) on:keydown=on_key>
                <Pad on_touch=move || player.stop() />
                <div class="draw-buttons">
                    <div class="button-row">
                        <button type="button" data-testid="undo" aria-disabled=empty on:click=move |_| if_any(|pad| pad.undo())>{t!(i18n, draw.undo)}</button>
                        <button type="button" data-testid="clear" aria-disabled=empty on:click=move |_| if_any(|pad| pad.clear())>{t!(i18n, draw.clear)}</button>
                    </div>
                    <div class="examples" role="group" aria-label=t!(i18n, draw.example)>
                        <span class="field-label" aria-hidden="true">{t!(i18n, draw.example)}</span>
                        {examples.collect_view()}
                    </div>
                </div>
            </section>
            <Reading derived network />
            <Stages derived steps />
            <Onward network />
            <ClassLink parts=&hide::DRAW names=part_name />
        </div>
    }
}

/// Where to go from here with this drawing: only to views that there are.
#[component]
fn Onward(network: Setting<NetworkName>) -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let link = move |view: &'static str, query: &'static str, text: fn(Language) -> &'static str| {
        // This drawing and this network, whatever the view was left with.
        let address = move || match network.get() {
            _ if view == "train" => route.link(view),
            NetworkName::Cnn => route.link(&format!("{view}?{query}")),
            other => route.link(&format!("{view}?{query}&network={}", other.code())),
        };
        View::named(view).map(|_| view! { <li><a href=address>{move || text(i18n.language())}</a></li> })
    };
    view! {
        <nav class="onward" aria-label=move || t_string!(i18n, draw.next)>
            <ul>
                {link("inspect", "", |language| td_string!(language, draw.look_inside))}
                {link("backprop", "tab=network", |language| td_string!(language, draw.step_through))}
                {link("train", "", |language| td_string!(language, draw.train_your_own))}
            </ul>
        </nav>
    }
}

/// The digit that is most probable, and how probable.
fn most_probable(probabilities: &[f32]) -> Option<(usize, f32)> {
    let best = probabilities.iter().enumerate().max_by(|left, right| left.1.total_cmp(right.1))?;
    Some((best.0, *best.1))
}

/// `0.9724` as `97.2`.
fn percent(share: f32) -> String {
    format!("{:.1}", share * 100.0)
}

/// What the parts are called that can be taken off this view.
fn part_name(i18n: I18n, name: &str) -> &'static str {
    match name {
        "network" => t_string!(i18n, draw.network),
        "stages" => t_string!(i18n, draw.sees),
        "examples" => t_string!(i18n, draw.example),
        _ => t_string!(i18n, draw.next),
    }
}

/// The keys of this view, for the help.
pub fn keys(language: Language) -> Vec<(&'static str, &'static str)> {
    vec![
        ("← ↑ → ↓", td_string!(language, draw.key_move)),
        ("Space", td_string!(language, draw.key_pen)),
        ("Backspace", td_string!(language, draw.key_undo)),
        ("Delete", td_string!(language, draw.key_clear)),
        ("0 – 9", td_string!(language, draw.key_example)),
    ]
}
