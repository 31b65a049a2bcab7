//! The names of widgets, settings and choices in both languages.

use crate::ui::i18n::{Language, td_string};

macro_rules! named {
    ($language:expr, $name:expr, { $($text:literal => $key:ident,)* }) => {
        match $name {
            $($text => td_string!($language, learn.$key),)*
            other => other,
        }
    };
}

/// The name of a widget.
pub fn title(language: Language, name: &'static str) -> &'static str {
    named!(language, name, {
        "tensor-maker" => w_tensor_maker,
        "indexer" => w_indexer,
        "broadcast" => w_broadcast,
        "matmul" => w_matmul,
        "axis-sum" => w_axis_sum,
        "graph" => w_graph,
        "activation" => w_activation,
        "loss-surface" => w_loss_surface,
        "log-series" => w_log_series,
        "softmax-jacobian" => w_softmax,
        "neuron" => w_neuron,
        "delta-walk" => w_delta_walk,
        "accuracy-stairs" => w_stairs,
        "entropy" => w_entropy,
        "dead-relu" => w_dead_relu,
        "kernel" => w_kernel,
        "output-size" => w_output_size,
        "pooling" => w_pooling,
        "live-training" => w_live_training,
        "device-race" => w_device_race,
        "overfitting" => w_overfitting,
    })
}

/// The name of a setting; short symbols such as `w` are the same in every language.
pub fn setting(language: Language, key: &'static str) -> &'static str {
    named!(language, key, {
        "call" => s_call,
        "seed" => s_seed,
        "expr" => s_expression,
        "row" => s_row,
        "column" => s_column,
        "fn" => s_function,
        "loss" => s_loss,
        "rate" => s_rate,
        "terms" => s_terms,
        "temperature" => s_temperature,
        "target" => s_target,
        "size" => s_size,
        "kernel" => s_kernel,
        "stride" => s_stride,
        "padding" => s_padding,
        "in" => s_input,
        "last" => s_last,
        "steps" => s_steps,
        "batch" => s_batch,
        "smoothing" => s_smoothing,
        "set" => s_set,
        "count" => s_count,
        "noise" => s_noise,
        "hidden" => s_hidden,
        "momentum" => s_momentum,
        "l1" => s_l1,
        "l2" => s_l2,
        "schedule" => s_schedule,
        "dropout" => s_dropout,
        "patience" => s_patience,
        "epochs" => s_epochs,
        "folds" => s_folds,
    })
}

/// The name of a choice.
pub fn choice(language: Language, word: &'static str) -> &'static str {
    named!(language, word, {
        "sum" => c_sum,
        "mse" => c_mean,
        "l1" => c_absolute,
        "none" => c_none,
        "circles" => c_circles,
        "moons" => c_moons,
        "spiral" => c_spiral,
        "xor" => c_xor,
        "gaussians" => c_gaussians,
        "own" => c_own,
        "mnist" => c_mnist,
        "constant" => c_constant,
        "step" => c_step,
        "exponential" => c_exponential,
        "cosine" => c_cosine,
        "relu" => c_relu,
        "leaky" => c_leaky,
        "leaky-relu" => c_leaky,
        "sigmoid" => c_sigmoid,
        "selu" => c_selu,
    })
}
