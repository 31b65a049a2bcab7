//! The buttons that walk: to the start, back, play, on, to the end; phase by phase; where the walk stands.

use super::model::Model;
use crate::explain::trace::{Phase, Position};
use crate::ui::components::Slider;
use crate::ui::i18n::I18n;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// What can be walked: where it stands, where its phases end, and how to go elsewhere. `Copy`.
#[derive(Clone, Copy)]
pub struct Walker {
    /// Where the walk stands.
    pub position: Memo<Position>,
    /// After how many steps forward, backward and update end.
    pub ends: Signal<[usize; 3]>,
    /// Where the next step leads; the same place at the very end.
    pub next: Callback<(), Position>,
    /// Where the step before leads.
    pub previous: Callback<(), Position>,
    /// Goes there.
    pub go: Callback<Position>,
}

impl Walker {
    /// The walk over a typed expression.
    pub fn of(model: Model) -> Walker {
        Walker {
            position: model.position,
            ends: Signal::derive(move || {
                model.trace.with(|trace| [Phase::Forward, Phase::Backward, Phase::Update].map(|phase| trace.end_of(phase)))
            }),
            next: Callback::new(move |()| model.trace.with_untracked(|trace| model.position.get_untracked().forward(trace))),
            previous: Callback::new(move |()| {
                model.trace.with_untracked(|trace| model.position.get_untracked().back(trace))
            }),
            go: Callback::new(move |position| model.go(position)),
        }
    }

    fn step_forward(self) -> bool {
        let next = self.next.run(());
        let moved = next != self.position.get_untracked();
        if moved {
            self.go.run(next);
        }
        moved
    }

    fn step_back(self) {
        self.go.run(self.previous.run(()));
    }

    fn to_end_of(self, phase: Phase) {
        let step = self.ends.get_untracked()[phase as usize];
        self.go.run(Position { step, ..self.position.get_untracked() });
    }

    /// To the next end of a phase, or back to the one before.
    fn to_next_phase(self, forward: bool) {
        let Position { round, step } = self.position.get_untracked();
        let [first, second, third] = self.ends.get_untracked();
        let ends = [0, first, second, third];
        let found = match forward {
            true => ends.into_iter().find(|end| *end > step),
            false => ends.into_iter().rev().find(|end| *end < step),
        };
        match found {
            Some(step) => self.go.run(Position { round, step }),
            None if forward => {
                self.step_forward();
            }
            None => self.step_back(),
        }
    }

    /// The phase of the step taken last, its number in the phase, and the phase's length.
    fn place(self) -> Option<(Phase, usize, usize)> {
        let step = self.position.get().step;
        let [first, second, third] = self.ends.get();
        [(Phase::Forward, 0, first), (Phase::Backward, first, second), (Phase::Update, second, third)]
            .into_iter()
            .find(|(_, start, end)| step > *start && step <= *end)
            .map(|(phase, start, end)| (phase, step - start, end - start))
    }

    /// Where it stands, in words.
    fn words(self, i18n: I18n) -> String {
        let round = self.position.get().round + 1;
        match self.place() {
            None => t_string!(i18n, backprop.place_start, round = round),
            Some((phase, number, of)) => {
                let phase = match phase {
                    Phase::Forward => t_string!(i18n, backprop.phase_forward),
                    Phase::Backward => t_string!(i18n, backprop.phase_backward),
                    Phase::Update => t_string!(i18n, backprop.phase_update),
                };
                t_string!(i18n, backprop.place, round = round, phase = phase, number = number, of = of)
            }
        }
    }
}

/// Buttons, a slider over the steps, and the place in words.
#[component]
pub fn Transport(
    walker: Walker,
    /// Steps a second while playing.
    #[prop(into)]
    speed: Signal<f64>,
    #[prop(into)] on_speed: Callback<f64>,
    /// Listen to the arrow keys wherever the focus is.
    #[prop(optional)]
    keys: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let playing = RwSignal::new(false);
    let timer = StoredValue::new(None::<IntervalHandle>);
    let stop_timer = move || {
        if let Some(Some(timer)) = timer.try_update_value(Option::take) {
            timer.clear();
        }
    };
    Effect::new(move |_| {
        stop_timer();
        if playing.get() {
            let pause = Duration::from_secs_f64(1.0 / speed.get().clamp(0.1, 60.0));
            let tick = move || {
                if !walker.step_forward() {
                    playing.set(false);
                }
            };
            timer.set_value(set_interval_with_handle(tick, pause).ok());
        }
    });
    on_cleanup(stop_timer);
    let by_hand = move |act: &dyn Fn()| {
        playing.set(false);
        act();
    };
    if keys {
        let listener = window_event_listener(leptos::ev::keydown, move |event| {
            if event.ctrl_key() || event.alt_key() || event.meta_key() || takes_keys(event.target(), &event.key()) {
                return;
            }
            match event.key().as_str() {
                "ArrowRight" => by_hand(&|| {
                    walker.step_forward();
                }),
                "ArrowLeft" => by_hand(&|| walker.step_back()),
                "]" => by_hand(&|| walker.to_next_phase(true)),
                "[" => by_hand(&|| walker.to_next_phase(false)),
                "p" => playing.update(|playing| *playing = !*playing),
                _ => return,
            }
            event.prevent_default();
        });
        on_cleanup(move || listener.remove());
    }
    let last = Memo::new(move |_| walker.ends.get()[2]);
    let place = move || walker.words(i18n);
    let phase_button = move |phase: Phase, test_id: &'static str| {
        let label = move || match phase {
            Phase::Forward => t_string!(i18n, backprop.run_forward),
            Phase::Backward => t_string!(i18n, backprop.run_backward),
            Phase::Update => t_string!(i18n, backprop.run_update),
        };
        view! {
            <button type="button" data-testid=test_id on:click=move |_| by_hand(&|| walker.to_end_of(phase))>{label}</button>
        }
    };
    view! {
        <div class="transport" role="group" aria-label=t!(i18n, backprop.transport)>
            <div class="button-row transport-steps">
                <button type="button" data-testid="first" aria-label=t!(i18n, backprop.to_start) title=t!(i18n, backprop.to_start)
                    on:click=move |_| by_hand(&|| walker.go.run(Position::default()))>"|◀"</button>
                <button type="button" data-testid="step-back" aria-label=t!(i18n, backprop.step_back) title=t!(i18n, backprop.step_back)
                    on:click=move |_| by_hand(&|| walker.step_back())>"◀"</button>
                <button type="button" class="primary" data-testid="play" on:click=move |_| playing.update(|playing| *playing = !*playing)>
                    {move || if playing.get() { t_string!(i18n, backprop.pause) } else { t_string!(i18n, backprop.play) }}
                </button>
                <button type="button" data-testid="step-forward" aria-label=t!(i18n, backprop.step_forward) title=t!(i18n, backprop.step_forward)
                    on:click=move |_| by_hand(&|| { walker.step_forward(); })>"▶"</button>
                <button type="button" data-testid="last" aria-label=t!(i18n, backprop.to_end) title=t!(i18n, backprop.to_end)
                    on:click=move |_| by_hand(&|| walker.to_end_of(Phase::Update))>"▶|"</button>
            </div>
            <div class="button-row">
                {phase_button(Phase::Forward, "forward")}
                {phase_button(Phase::Backward, "backward")}
                {phase_button(Phase::Update, "update")}
            </div>
            <input
                class="transport-scrub"
                type="range"
                min="0"
                max=move || last.get()
                aria-label=t!(i18n, backprop.scrub)
                aria-valuetext=place
                prop:value=move || { last.track(); walker.position.get().step.to_string() }
                on:input:target=move |event| {
                    if let Ok(step) = event.target().value().parse() {
                        by_hand(&|| walker.go.run(Position { step, ..walker.position.get_untracked() }));
                    }
                }
            />
            <div class="transport-speed">
                <Slider label=t!(i18n, backprop.speed) value=speed on_change=on_speed min=0.5 max=20.0 step=0.5 />
            </div>
            <p class="transport-place" data-testid="place" data-round=move || walker.position.get().round data-step=move || walker.position.get().step>{place}</p>
        </div>
    }
}

/// Whether the focused element has its own use for a key.
fn takes_keys(target: Option<web_sys::EventTarget>, key: &str) -> bool {
    let Some(element) = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return false };
    let arrows = key.starts_with("Arrow");
    let own = match arrows {
        true => "input, textarea, select, [role=tab], [role=img], .graph-scroll, .table-scroll, dialog",
        false => "input:not([type=range]):not([type=checkbox]), textarea, select, dialog",
    };
    element.closest(own).ok().flatten().is_some()
}
