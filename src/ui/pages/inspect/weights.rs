//! One weight anywhere: the products that make its gradient, the check by finite differences, and a change by hand. Above,
//! all parameters with the size of their gradients.

use super::checking::CheckGradient;
use super::focus::{LARGEST, picture_of, scale_of};
use super::norms::Norms;
use super::sheet::sheet_rows;
use super::subject::{Edit, Subject};
use super::unit::parameter_sum;
use crate::explain::check::Subject as Checked;
use crate::ui::components::{Choice, Heatmap, NumberField, Scale, TableToggle, Values};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::route::use_setting;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Parameters and one weight.
#[component]
pub fn Weights(subject: Subject) -> impl IntoView {
    let i18n = use_i18n();
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
    let place = Signal::derive(move || Some(Checked::Parameter { name: name.get(), element: element.get() }));
    let open = Callback::new(move |wanted: String| {
        parameter.set(wanted);
        weight.set(LARGEST);
    });
    let edit = Callback::new(move |value: f64| {
        let (name, element) = (name.get_untracked(), element.get_untracked());
        subject.edit(Edit { name, element, value: value as f32 });
    });
    let gradient =
        Memo::new(move |_| subject.trace.with(|trace| Some(trace.as_ref()?.parameter(&name.get())?.gradient.clone())));
    let picture = Memo::new(move |_| gradient.with(|gradient| gradient.as_ref().map(picture_of)));
    let shown = Signal::derive(move || {
        let picture = picture.with(|picture| picture.as_ref().map(|(_, picture)| picture.clone()));
        picture.unwrap_or(Values { width: 0, height: 0, numbers: Default::default() })
    });
    let scale = Signal::derive(move || gradient.with(|gradient| gradient.as_ref().map_or(Scale::Signed, scale_of)));
    let cell = Signal::derive(move || picture.with(|picture| picture.as_ref()?.0.place(element.get())));
    let rows = Signal::derive(move || {
        gradient.with(|gradient| gradient.as_ref().map(|gradient| sheet_rows(gradient, element.get())).unwrap_or_default())
    });
    let choose = Callback::new(move |(row, column): (usize, usize)| {
        if let Some(found) = picture.with_untracked(|picture| picture.as_ref()?.0.element(row, column)) {
            weight.set(found);
        }
    });
    let sum = move || subject.trace.with(|trace| parameter_sum(i18n, trace.as_ref()?, &name.get(), element.get()));
    let options =
        Signal::derive(move || names.get().into_iter().map(|name| (name.clone(), TextProp::from(name))).collect::<Vec<_>>());
    view! {
        <section class="weights" aria-label=t!(i18n, inspect.parameters)>
            <Norms subject names chosen=name on_choose=open />
            <div class="weight-one">
                <div class="weight-fields">
                    <Choice label=t!(i18n, inspect.parameter) options=options value=name on_change=open test_id="parameter" />
                    {move || view! {
                        <NumberField label=t!(i18n, inspect.unit_number) value=Signal::derive(move || element.get() as f64) min=0.0
                            max=size.get().saturating_sub(1) as f64 whole=true on_change=Callback::new(move |value: f64| weight.set(value as usize)) test_id="weight" />
                    }}
                    <NumberField label=t!(i18n, inspect.edit) value=value step=0.1 on_change=edit test_id="edit-weight" />
                    {move || subject.edits.with(|edits| !edits.is_empty()).then(|| view! {
                        <button type="button" class="small" data-testid="undo-edits" on:click=move |_| subject.undo_edits()>
                            {move || t_string!(i18n, inspect.undo_edits, count = subject.edits.with(Vec::len))}
                        </button>
                    })}
                </div>
                <CheckGradient trace=subject.trace place />
                <div class="weight-columns">
                    <div>
                        <h3>{move || t_string!(i18n, inspect.weight_picture, name = name.get())}</h3>
                        <TableToggle rows>
                            <Heatmap label=move || t_string!(i18n, inspect.weight_picture, name = name.get()) values=shown scale=scale
                                test_id="weight-picture" on_choose=choose chosen=cell />
                        </TableToggle>
                        <p class="muted small">{t!(i18n, inspect.choose_weight)}</p>
                    </div>
                    <div>{sum}</div>
                </div>
            </div>
        </section>
    }
}
