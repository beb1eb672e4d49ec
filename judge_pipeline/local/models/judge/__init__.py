"""`measured-judge`: checks what two captions claim against measurements of its own and fills in any rubric."""
