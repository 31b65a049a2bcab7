//! The Backprop view: an expression to type, its graph, and a walk through one training step and back.

mod card;
mod drawing;
mod editor;
pub mod graph;
pub mod model;
mod network;
pub mod rule;
mod spoken;
pub mod transport;
mod variables;
mod walk;
mod zoom;

pub use editor::sentence;

use crate::explain::expression::Program;
use crate::explain::presets::{PRESETS, preset};
use crate::explain::scalar_graph::Settings;
use crate::explain::trace::{MAXIMUM_ROUNDS, Position};
use crate::ui::class_link::ClassLink;
use crate::ui::components::{Choice, NumberField, Tab, Tabs};
use crate::ui::hide;
use crate::ui::i18n::{I18n, Language, t, t_string, td_string, use_i18n};
use crate::ui::route::{use_setting, use_setting_where};
use crate::ui::status::Status;
use editor::Editor;
use graph::GraphView;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use network::NetworkPanel;
use rule::RuleView;
use std::collections::{BTreeMap, BTreeSet};
use transport::{Transport, Walker};
use variables::Variables;

/// Stands for the preset's own text, where nobody has typed another.
const AS_PRESET: &str = "=preset";

/// Walk through one training step, forward and back.
#[component]
pub fn BackpropPage() -> impl IntoView {
    let i18n = use_i18n();
    let tab = use_setting_where("tab", "expression".to_string(), |tab| matches!(tab.as_str(), "expression" | "network"));
    let tabs = vec![
        Tab {
            key: "expression",
            label: t!(i18n, backprop.tab_expression).into(),
            panel: || view! { <ExpressionPanel /> }.into_any(),
        },
        Tab {
            key: "network",
            label: t!(i18n, backprop.tab_network).into(),
            panel: || view! { <NetworkPanel /> }.into_any(),
        },
    ];
    view! {
        <h1 class="visually-hidden">{t!(i18n, backprop.title)}</h1>
        <Tabs label=t!(i18n, backprop.tabs) tabs=tabs value=tab.signal() on_change=Callback::new(move |value| tab.set(value)) />
        <ClassLink parts=&hide::BACKPROP names=part_name />
    }
}

/// Any expression, its graph and its walk.
#[component]
fn ExpressionPanel() -> impl IntoView {
    let i18n = use_i18n();
    let chosen = use_setting_where("preset", PRESETS[0].name.to_string(), |name| preset(name).is_some());
    // An empty field is not the preset: who clears it wants to type.
    let typed = use_setting("expression", AS_PRESET.to_string());
    let values = use_setting_where("values", String::new(), |text| read_values(text).is_some());
    // Names without a gradient; a single dot stands for what the preset says.
    let fixed = use_setting("fixed", ".".to_string());
    let rate = use_setting_where("lr", 0.1, |rate: &f64| (0.0..=1000.0).contains(rate));
    let speed = use_setting_where("speed", 2.0, |speed: &f64| (0.1..=60.0).contains(speed));
    let at = use_setting_where("at", "0.0".to_string(), |text| read_position(text).is_some());

    let the_preset = move || preset(&chosen.get()).unwrap_or(&PRESETS[0]);
    let source = Signal::derive(move || {
        let typed = typed.get();
        if typed == AS_PRESET { the_preset().source.to_string() } else { typed }
    });
    let fixed_by_preset = Memo::new(move |_| {
        let names: BTreeSet<String> = the_preset().without_gradient.iter().map(|name| name.to_string()).collect();
        // Another expression may have none but these names; then there would be nothing to walk back to.
        let all = Program::parse(&source.get())
            .is_ok_and(|program| program.variables().all(|id| names.contains(&program.label(id))));
        if all { BTreeSet::new() } else { names }
    });
    let settings = Signal::derive(move || Settings {
        values: read_values(&values.get()).unwrap_or_default(),
        without_gradient: match fixed.get().as_str() {
            "." => fixed_by_preset.get(),
            names => read_names(names),
        },
    });
    let position = Signal::derive(move || read_position(&at.get()).unwrap_or_default());
    let set_position = Callback::new(move |position: Position| at.set(write_position(position)));
    let model = model::model(source, settings, rate.signal(), position, set_position);
    let status = expect_context::<Status>();
    // Said aloud as well as shown at the field; taken back when the expression reads again.
    Effect::new(move |before: Option<bool>| {
        let problem = model.problem.get();
        match &problem {
            Some(problem) => status.warn(editor::sentence(i18n, &problem.kind)),
            None if before == Some(true) => status.clear(),
            None => {}
        }
        problem.is_some()
    });

    let choose = Callback::new(move |name: String| {
        chosen.set(name);
        typed.set(AS_PRESET.to_string());
        values.set(String::new());
        fixed.set(".".to_string());
        at.set("0.0".to_string());
    });
    let retype = Callback::new(move |text: String| {
        let same = text == the_preset().source;
        typed.set(if same { AS_PRESET.to_string() } else { text });
    });
    let on_value = Callback::new(move |(name, value): (String, f64)| {
        let position = model.position.get_untracked();
        // Once an update has moved the variables, a change by hand starts a new walk from where they are.
        let mut all = settings.get_untracked().values;
        if position.round > 0 {
            model.program.with_untracked(|program| {
                model.trace.with_untracked(|trace| {
                    for id in program.variables() {
                        all.insert(program.label(id), trace.values()[id]);
                    }
                });
            });
            set_position.run(Position { round: 0, step: position.step });
        }
        all.insert(name, value);
        values.set(write_values(&all));
    });
    let on_switch = Callback::new(move |(name, on): (String, bool)| {
        let mut names = settings.get_untracked().without_gradient;
        if on {
            names.remove(&name);
        } else {
            names.insert(name);
        }
        fixed.set(names.into_iter().collect::<Vec<_>>().join(","));
    });
    let choices = Signal::derive(move || {
        PRESETS
            .iter()
            .map(|preset| {
                let name = preset.name;
                (name.to_string(), TextProp::from(move || preset_title(i18n, name)))
            })
            .collect::<Vec<_>>()
    });
    view! {
        <div class="backprop">
            <div class="backprop-head">
                <Editor model source=source on_change=retype />
                <div class="backprop-options">
                    <Choice label=t!(i18n, backprop.preset) options=choices value=chosen.signal() on_change=choose test_id="preset" />
                    <NumberField label=t!(i18n, backprop.rate) value=rate.signal() min=0.0 max=1000.0 step=0.05
                        on_change=Callback::new(move |value| rate.set(value)) test_id="backprop-rate" />
                </div>
            </div>
            <GraphView model />
            <div class="backprop-foot">
                <Transport walker=Walker::of(model) keys=true speed=speed.signal() on_speed=Callback::new(move |value| speed.set(value)) />
                <RuleView model />
            </div>
            <Variables model on_value on_switch />
        </div>
    }
}

fn preset_title(i18n: I18n, name: &str) -> String {
    match name {
        "neuron" => t_string!(i18n, backprop.presets.neuron),
        "outputs" => t_string!(i18n, backprop.presets.outputs),
        "chain" => t_string!(i18n, backprop.presets.chain),
        "perceptron" => t_string!(i18n, backprop.presets.perceptron),
        "softmax" => t_string!(i18n, backprop.presets.softmax),
        "reuse" => t_string!(i18n, backprop.presets.reuse),
        "relu" => t_string!(i18n, backprop.presets.relu),
        "cross-entropy" => t_string!(i18n, backprop.presets.cross_entropy),
        other => return other.to_string(),
    }
    .to_string()
}

/// `w:0.7,x:2`
fn read_values(text: &str) -> Option<BTreeMap<String, f64>> {
    text.split(',')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once(':')?;
            Some((name.to_string(), value.parse::<f64>().ok().filter(|value| value.is_finite())?))
        })
        .collect()
}

fn write_values(values: &BTreeMap<String, f64>) -> String {
    values.iter().map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>().join(",")
}

fn read_names(text: &str) -> BTreeSet<String> {
    text.split(',').filter(|name| !name.is_empty()).map(str::to_string).collect()
}

/// `round.step`
fn read_position(text: &str) -> Option<Position> {
    let (round, step) = text.split_once('.')?;
    let position = Position { round: round.parse().ok()?, step: step.parse().ok()? };
    (position.round < MAXIMUM_ROUNDS).then_some(position)
}

fn write_position(position: Position) -> String {
    format!("{}.{}", position.round, position.step)
}

/// What the parts are called that can be taken off this view.
fn part_name(i18n: I18n, name: &str) -> &'static str {
    match name {
        "expression" => t_string!(i18n, backprop.expression),
        "presets" => t_string!(i18n, backprop.preset),
        "variables" => t_string!(i18n, backprop.variables),
        "rule" => t_string!(i18n, backprop.rule),
        "rate" => t_string!(i18n, backprop.rate),
        "speed" => t_string!(i18n, backprop.speed),
        _ => t_string!(i18n, backprop.tab_network),
    }
}

/// The keys of this view, for the help.
pub fn keys(language: Language) -> Vec<(&'static str, &'static str)> {
    vec![
        ("→", td_string!(language, backprop.step_forward)),
        ("←", td_string!(language, backprop.step_back)),
        ("]", td_string!(language, backprop.key_next_phase)),
        ("[", td_string!(language, backprop.key_last_phase)),
        ("p", td_string!(language, backprop.key_play)),
        ("+ − 0", td_string!(language, backprop.key_zoom)),
    ]
}
