"""The wire: OpenAI's chat completions, and the controls under `/_local/`."""
