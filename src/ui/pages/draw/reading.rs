//! What the network reads: the digit, the probability of each, and which network it is.

use super::{Derived, most_probable, percent};
use crate::ui::components::{Bar, Bars, Choice, options};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::networks::{NetworkName, use_networks};
use crate::ui::route::Setting;
use crate::ui::state::use_pad;
use crate::ui::status::Status;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// The reading and its network.
#[component]
pub fn Reading(derived: Derived, network: Setting<NetworkName>) -> impl IntoView {
    let i18n = use_i18n();
    let pad = use_pad();
    let networks = use_networks();
    let status = expect_context::<Status>();
    // A failure is news once, and stays to be read beside the network.
    Effect::new(move |_| {
        let name = network.get();
        if let Some(problem) = networks.problem(name) {
            status.warn(t_string!(i18n, draw.network_failed, name = name.code(), reason = problem.words(i18n)));
        }
    });
    let best = Memo::new(move |_| derived.now.with(|now| most_probable(now.as_ref()?)));
    let digit = move || best.get().map(|(digit, _)| digit.to_string());
    let beside = move || match best.get() {
        Some((_, share)) => t_string!(i18n, draw.percent, number = percent(share)),
        None if pad.with(Vec::is_empty) => t_string!(i18n, draw.empty_short).to_owned(),
        None if networks.problem(network.get()).is_some() => String::new(),
        None => t_string!(i18n, draw.loading).to_owned(),
    };
    let bars = (0..10)
        .map(|digit| Bar {
            label: TextProp::from(digit.to_string()),
            test_id: format!("probability-{digit}"),
            value: Signal::derive(move || derived.now.with(|now| now.as_ref().map(|now| now[digit]))),
            mark: Signal::derive(move || derived.full.with(|full| full.as_ref().map(|full| full[digit]))),
            strong: Signal::derive(move || best.get().is_some_and(|(best, _)| best == digit)),
        })
        .collect();
    // Read aloud when a stroke is finished, not at every move of the pen.
    let spoken = move || {
        pad.finished();
        match best.get_untracked() {
            Some((digit, share)) => t_string!(i18n, draw.spoken, digit = digit, percent = percent(share)),
            None if pad.with_untracked(Vec::is_empty) => t_string!(i18n, draw.empty).to_owned(),
            None => String::new(),
        }
    };
    let hint = move || {
        if pad.with(Vec::is_empty) {
            return Some(view! { {t!(i18n, draw.empty)} }.into_any());
        }
        let marked = derived.full.with(Option::is_some);
        marked.then(|| view! { <span class="mark-key" aria-hidden="true"></span> {t!(i18n, draw.mark)} }.into_any())
    };
    let choices = Signal::derive(move || {
        options([
            ("cnn", TextProp::from(t!(i18n, draw.network_cnn))),
            ("mlp-200-leaky", TextProp::from(t!(i18n, draw.network_mlp))),
            ("training", TextProp::from(t!(i18n, draw.network_training))),
        ])
    });
    let quality = move || {
        if let Some(problem) = networks.problem(network.get()) {
            return t_string!(i18n, draw.network_failed, name = network.get().code(), reason = problem.words(i18n));
        }
        if network.get() == NetworkName::Training {
            let trained = networks.has(NetworkName::Training);
            return if trained { t_string!(i18n, draw.training_step) } else { t_string!(i18n, draw.no_training) }.to_owned();
        }
        let Some(quality) = networks.quality(network.get()) else { return String::new() };
        t_string!(i18n, draw.accuracy, percent = format!("{:.2}", quality.accuracy * 100.0), count = grouped(quality.images))
    };
    view! {
        <section class="draw-reading" aria-label=t!(i18n, draw.reading)>
            <div class="reads">
                <h2 class="reads-label">{t!(i18n, draw.it_reads)}</h2>
                <span class="reads-digit" data-testid="prediction" data-value=digit>{digit}</span>
                <span class="reads-share number">{beside}</span>
                <span class="visually-hidden" aria-live="polite">{spoken}</span>
            </div>
            <Bars label=t!(i18n, draw.probabilities) bars />
            <p class="muted small draw-hint">{hint}</p>
            <div class="draw-network">
                <Choice
                    label=t!(i18n, draw.network)
                    options=choices
                    value=Signal::derive(move || network.get().code().to_owned())
                    on_change=move |code: String| network.set(NetworkName::from_code(&code).unwrap_or(NetworkName::Cnn))
                    test_id="network"
                />
                <p class="muted small">{quality}</p>
            </div>
        </section>
    }
}

/// `10000` as `10,000`.
fn grouped(number: u32) -> String {
    let (thousands, rest) = (number / 1000, number % 1000);
    if thousands == 0 { rest.to_string() } else { format!("{},{rest:03}", grouped(thousands)) }
}
