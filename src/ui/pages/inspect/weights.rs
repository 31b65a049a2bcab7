//! One weight anywhere: the products that make its gradient, the check by finite differences, and a change by hand. Above,
//! all parameters with the size of their gradients.

use super::layers::{LARGEST, picture_of, scale_of};
use super::subject::{Edit, Subject};
use super::unit::parameter_sum;
use crate::explain::badges::histogram;
use crate::explain::check::{Check, Subject as Checked, check};
use crate::explain::formula::plain_number;
use crate::ui::components::{Choice, Heatmap, NumberField, Scale, Values};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::route::use_setting;
use crate::ui::status::Status;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Parameters and one weight.
#[component]
pub fn Weights(subject: Subject) -> impl IntoView {
    let i18n = use_i18n();
    let status = expect_context::<Status>();
    let parameter = use_setting("parameter", String::new());
    let weight = use_setting("weight", LARGEST);
    let names = Memo::new(move |_| {
        subject.trace.with(|trace| {
            trace
                .as_ref()
                .map(|trace| trace.parameters().map(|parameter| parameter.name.clone()).collect::<Vec<_>>())
                .unwrap_or_default()
        })
    });
    let name = Memo::new(move |_| {
        let wanted = parameter.get();
        names.with(|names| if names.contains(&wanted) { wanted } else { names.first().cloned().unwrap_or_default() })
    });
    let size = Memo::new(move |_| {
        subject
            .trace
            .with(|trace| trace.as_ref()?.parameter(&name.get()).map(|parameter| parameter.value.data.len()))
            .unwrap_or(1)
    });
    // As long as nobody has chosen one, that with the largest gradient.
    let element = Memo::new(move |_| match weight.get() {
        element if element < size.get() => element,
        _ => subject
            .trace
            .with(|trace| {
                let gradient = &trace.as_ref()?.parameter(&name.get())?.gradient.data;
                (0..gradient.len()).max_by(|&a, &b| gradient[a].abs().total_cmp(&gradient[b].abs()))
            })
            .unwrap_or(0),
    });
    let value = Memo::new(move |_| {
        subject
            .trace
            .with(|trace| trace.as_ref()?.parameter(&name.get())?.value.data.get(element.get()).copied())
            .map_or(0.0, f64::from)
    });
    let result = RwSignal::new(None::<(String, usize, Check)>);
    let run_check = move |_| {
        let (Some(network), Some(picture)) = (subject.network_untracked(), subject.picture.get_untracked()) else { return };
        let place = Checked::Parameter { name: name.get_untracked(), element: element.get_untracked() };
        match check(&network, &picture, &[subject.label.get_untracked()], &place, 1e-5) {
            Ok(found) => result.set(Some((name.get_untracked(), element.get_untracked(), found))),
            Err(error) => status.fail(error),
        }
    };
    let edit = Callback::new(move |value: f64| {
        let (name, element) = (name.get_untracked(), element.get_untracked());
        subject.edits.update(|edits| {
            edits.retain(|edit| edit.name != name || edit.element != element);
            edits.push(Edit { name, element, value: value as f32 });
        });
    });
    let gradient =
        Memo::new(move |_| subject.trace.with(|trace| Some(trace.as_ref()?.parameter(&name.get())?.gradient.clone())));
    let picture = Memo::new(move |_| gradient.with(|gradient| gradient.as_ref().map(picture_of)));
    let shown = Signal::derive(move || {
        let picture = picture.with(|picture| picture.as_ref().map(|(_, picture)| picture.clone()));
        picture.unwrap_or(Values { width: 0, height: 0, numbers: Default::default() })
    });
    let scale = Signal::derive(move || gradient.with(|gradient| gradient.as_ref().map_or(Scale::Signed, scale_of)));
    let place = Signal::derive(move || picture.with(|picture| picture.as_ref()?.0.place(element.get())));
    let choose = Callback::new(move |(row, column): (usize, usize)| {
        if let Some(found) = picture.with_untracked(|picture| picture.as_ref()?.0.element(row, column)) {
            weight.set(found);
        }
    });
    let sum = move || subject.trace.with(|trace| parameter_sum(i18n, trace.as_ref()?, &name.get(), element.get()));
    let options =
        Signal::derive(move || names.get().into_iter().map(|name| (name.clone(), TextProp::from(name))).collect::<Vec<_>>());
    let checked = move || {
        let (at, index, found) = result.get()?;
        if at != name.get() || index != element.get() {
            return None;
        }
        let verdict = if found.too_small() {
            t_string!(i18n, inspect.check_small)
        } else if found.kink {
            t_string!(i18n, inspect.check_kink)
        } else if found.agrees() {
            t_string!(i18n, inspect.check_agrees)
        } else {
            t_string!(i18n, inspect.check_differs)
        };
        Some(view! {
            <div class="check" data-testid="check" data-autograd=found.autograd.to_string() data-difference=found.difference.to_string()>
                <table class="numbers">
                    <tbody>
                        <tr><th scope="row">{t_string!(i18n, inspect.check_autograd)}</th><td>{format!("{:.12e}", found.autograd)}</td></tr>
                        <tr><th scope="row">{t_string!(i18n, inspect.check_difference)}</th><td>{format!("{:.12e}", found.difference)}</td></tr>
                        <tr><th scope="row">{"L(w + h)"}</th><td>{format!("{:.12}", found.high)}</td></tr>
                        <tr><th scope="row">{"L(w − h)"}</th><td>{format!("{:.12}", found.low)}</td></tr>
                    </tbody>
                </table>
                <p role="status">{verdict}</p>
            </div>
        })
    };
    let table = move || {
        names
            .get()
            .into_iter()
            .map(|own| {
                let found = {
                    let own = own.clone();
                    Memo::new(move |_| {
                        subject.trace.with(|trace| {
                            let parameter = trace.as_ref()?.parameter(&own)?;
                            Some((parameter.value.norm(), parameter.gradient.norm(), bars(&parameter.gradient.data)))
                        })
                    })
                };
                let norm = move || found.get().map_or(f64::NAN, |found| found.1);
                let chosen = own.clone();
                let pressed = own.clone();
                view! {
                    <tr>
                        <th scope="row">
                            <button type="button" class="quiet small" aria-pressed=move || (name.get() == pressed).to_string()
                                on:click=move |_| { parameter.set(chosen.clone()); weight.set(LARGEST); }>{own.clone()}</button>
                        </th>
                        <td>{move || found.get().map(|found| plain_number(found.0))}</td>
                        <td data-testid=format!("gradient-{own}") data-value=move || norm().to_string()>{move || plain_number(norm())}</td>
                        <td><svg class="spark" viewBox="0 0 40 20" aria-hidden="true"><path d=move || found.get().map(|found| found.2).unwrap_or_default()></path></svg></td>
                    </tr>
                }
            })
            .collect_view()
    };
    view! {
        <section class="weights" aria-label=t!(i18n, inspect.parameters)>
            <div class="table-scroll" tabindex="0">
                <table class="numbers">
                    <thead><tr>
                        <th scope="col">{t!(i18n, inspect.parameter)}</th><th scope="col">{t!(i18n, inspect.norm)}</th>
                        <th scope="col">{t!(i18n, inspect.gradient_norm)}</th><th scope="col">{t!(i18n, inspect.histogram)}</th>
                    </tr></thead>
                    <tbody>{table}</tbody>
                </table>
            </div>
            <div class="weight-one">
                <div class="weight-fields">
                    <Choice label=t!(i18n, inspect.parameter) options=options value=name on_change=Callback::new(move |value| { parameter.set(value); weight.set(LARGEST); }) test_id="parameter" />
                    {move || view! {
                        <NumberField label=t!(i18n, inspect.unit_number) value=Signal::derive(move || element.get() as f64) min=0.0
                            max=size.get().saturating_sub(1) as f64 whole=true on_change=Callback::new(move |value: f64| weight.set(value as usize)) test_id="weight" />
                    }}
                    <NumberField label=t!(i18n, inspect.edit) value=value step=0.1 on_change=edit test_id="edit-weight" />
                    <button type="button" data-testid="check-gradient" on:click=run_check>{t!(i18n, inspect.check)}</button>
                    {move || subject.edits.with(|edits| !edits.is_empty()).then(|| view! {
                        <button type="button" class="small" data-testid="undo-edits" on:click=move |_| subject.edits.set(Vec::new())>
                            {move || t_string!(i18n, inspect.undo_edits, count = subject.edits.with(Vec::len))}
                        </button>
                    })}
                </div>
                {checked}
                <div class="weight-columns">
                    <div>
                        <h3>{move || t_string!(i18n, inspect.weight_picture, name = name.get())}</h3>
                        <Heatmap label=move || t_string!(i18n, inspect.weight_picture, name = name.get()) values=shown scale=scale
                            test_id="weight-picture" on_choose=choose chosen=place />
                        <p class="muted small">{t!(i18n, inspect.choose_weight)}</p>
                    </div>
                    <div>{sum}</div>
                </div>
            </div>
        </section>
    }
}

/// A histogram as an SVG path, 40 wide and 20 high.
fn bars(values: &[f32]) -> String {
    const BINS: usize = 20;
    let size = values.iter().fold(0.0f32, |size, value| size.max(value.abs())).max(f32::MIN_POSITIVE);
    let counts = histogram(values, -f64::from(size), f64::from(size), BINS);
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    // Logarithmic: nearly all gradients of a layer are close to zero.
    let height = |count: u32| (f64::from(count) + 1.0).ln() / (f64::from(most) + 1.0).ln() * 19.0;
    counts.iter().enumerate().map(|(bin, &count)| format!("M{} 20v-{:.1}h1.6V20z", bin * 2, height(count))).collect()
}
