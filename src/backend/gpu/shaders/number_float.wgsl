// What is folded: float32.
alias Number = f32;
