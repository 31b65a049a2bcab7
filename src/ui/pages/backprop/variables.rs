//! The variables of an expression: each with a slider, a number field, and the switch `requires_grad`.

use super::model::Model;
use crate::explain::digits::plain_number;
use crate::ui::components::NumberField;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// One row for each variable.
#[component]
pub fn Variables(
    model: Model,
    /// A new value for a name.
    #[prop(into)]
    on_value: Callback<(String, f64)>,
    /// Whether the variable of that name requires a gradient.
    #[prop(into)]
    on_switch: Callback<(String, bool)>,
) -> impl IntoView {
    let i18n = use_i18n();
    // Rows are made anew when the names change, not when a value does.
    let names = Memo::new(move |_| {
        model.program.with(|program| {
            program.variables().map(|id| (id, program.label(id), program.nodes[id].initial.to_bits())).collect::<Vec<_>>()
        })
    });
    let row = move |(id, name, initial): (usize, String, u64)| {
        let initial = f64::from_bits(initial);
        // After an update the variable is where the walk has led it.
        let value = Memo::new(move |_| model.state.with(|state| state.values.get(id).copied().flatten()).unwrap_or(initial));
        let gradient = Memo::new(move |_| model.state.with(|state| state.gradients.get(id).copied().flatten()));
        let on = {
            let name = name.clone();
            Memo::new(move |_| model.settings.with(|settings| !settings.without_gradient.contains(&name)))
        };
        let bound = (initial.abs() * 2.0).max(3.0).ceil();
        let set = {
            let name = name.clone();
            Callback::new(move |number: f64| on_value.run((name.clone(), number)))
        };
        let (label, group) = (name.clone(), name.clone());
        let slider_label = name.clone();
        let switch_name = name.clone();
        let switch_label = name.clone();
        view! {
            <div class="variable" role="group" aria-label=group>
                <NumberField label=move || label.clone() value=value on_change=set step=0.1 />
                <input
                    type="range"
                    min=-bound
                    max=bound
                    step="0.01"
                    aria-label=move || t_string!(i18n, backprop.slide, name = slider_label)
                    prop:value=move || value.get().to_string()
                    on:input:target=move |event| if let Ok(number) = event.target().value().parse() { set.run(number) }
                />
                <label class="switch variable-switch">
                    <input
                        type="checkbox"
                        role="switch"
                        aria-label=move || t_string!(i18n, backprop.requires_grad_of, name = switch_label)
                        prop:checked=move || on.get()
                        on:change:target=move |event| on_switch.run((switch_name.clone(), event.target().checked()))
                    />
                    <span class="switch-track" aria-hidden="true"></span>
                    <code>"requires_grad"</code>
                </label>
                <span class="variable-gradient number" aria-hidden="true">
                    {move || gradient.get().map(|gradient| format!("∂ {}", plain_number(gradient))).unwrap_or_default()}
                </span>
            </div>
        }
    };
    view! {
        <section class="variables" aria-label=t!(i18n, backprop.variables)>
            <For each=move || names.get() key=|entry| entry.clone() children=row />
        </section>
    }
}
