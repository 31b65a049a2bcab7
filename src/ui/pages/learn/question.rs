//! A question: predict, then reveal, then why.

use super::blocks::{Place, blocks};
use super::prose::sentence;
use super::state::Answer;
use crate::lessons::document::Question;
use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;

/// The reader chooses first; only then the answer can be opened.
#[component]
pub fn QuestionView(question: Memo<Question>, right: Vec<bool>, place: Place) -> impl IntoView {
    let i18n = use_i18n();
    let Answer { chosen, revealed } = place.answer;
    let right_one = right.iter().position(|right| *right);
    let choices = (0..right.len())
        .map(|at| {
            let mark = move || match (revealed.get(), right_one == Some(at), chosen.get() == Some(at)) {
                (true, true, _) => "✓",
                (true, false, true) => "✗",
                _ => "",
            };
            view! {
                <label class="question-choice" data-right=move || (revealed.get() && right_one == Some(at)).to_string()>
                    <input
                        type="radio"
                        name="question"
                        prop:checked=move || chosen.get() == Some(at)
                        prop:disabled=move || revealed.get()
                        on:change=move |_| chosen.set(Some(at))
                    />
                    <span>{move || question.with(|question| question.choices.get(at).map(|(text, _)| sentence(text, place.board)))}</span>
                    <span class="question-mark" aria-hidden="true">{mark}</span>
                </label>
            }
        })
        .collect_view();
    let verdict = move || match chosen.get() == right_one {
        true => t!(i18n, learn.predicted_right)(),
        false => t!(i18n, learn.predicted_wrong)(),
    };
    let part = move |pick: fn(&Question) -> &Vec<crate::lessons::document::Block>| {
        blocks(Signal::derive(move || question.with(|question| pick(question).clone())), place)
    };
    view! {
        <section class="question" data-testid="question" aria-label=t!(i18n, learn.question)>
            <h3>{t!(i18n, learn.question)}</h3>
            {part(|question| &question.ask)}
            <fieldset class="question-choices">
                <legend class="visually-hidden">{t!(i18n, learn.predict)}</legend>
                {choices}
            </fieldset>
            {move || (!revealed.get()).then(|| view! {
                <button
                    type="button"
                    data-testid="reveal"
                    prop:disabled=move || chosen.get().is_none()
                    on:click=move |_| { revealed.set(true); place.finish.run(()); }
                >
                    {t!(i18n, learn.reveal)}
                </button>
                <span class="muted small">{move || chosen.get().is_none().then(t!(i18n, learn.predict_first))}</span>
            })}
            <div aria-live="polite">
                {move || revealed.get().then(|| view! {
                    <div class="question-answer">
                        <p><strong>{verdict}</strong></p>
                        {part(|question| &question.reveal)}
                        <h4>{t!(i18n, learn.why)}</h4>
                        {part(|question| &question.why)}
                    </div>
                })}
            </div>
        </section>
    }
}
