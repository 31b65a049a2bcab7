// What is folded: whole numbers of 32 bits, as which int64 lies on the GPU.
alias Number = i32;
