"""The `.env` that `init` writes."""

import io
import stat
from pathlib import Path

from judge_pipeline.cli.support.env_template import write_env_file
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.settings.env_file import values_in_file
from judge_pipeline.settings.settings import Settings


def test_settings_are_written_for_their_owner_only_and_never_over_a_file(tmp_path: Path) -> None:
    key = str(tmp_path / "key")
    settings = Settings(
        encord_ssh_key_file=Path(key), judge_pipeline_home=tmp_path / "home", workflow_judge="Vergleich, lang"
    )
    printed = io.StringIO()
    own = tmp_path / "own.env"
    own.write_text(f"ENCORD_SSH_KEY_FILE={key}\nENCORD_PROJECT_HASH=another\nLLM1__MODEL=mine\n")
    before = own.read_bytes()
    for file in (tmp_path / "new.env", own):
        write_env_file(settings, "0f1d", Terminal(printed), env_file=file)
    assert stat.S_IMODE((tmp_path / "new.env").stat().st_mode) == 0o600
    home = str(tmp_path / "home")
    assert values_in_file(tmp_path / "new.env") == {
        "ENCORD_SSH_KEY_FILE": key,
        "ENCORD_PROJECT_HASH": "0f1d",
        "JUDGE_PIPELINE_HOME": home,
        "WORKFLOW_JUDGE": "Vergleich, lang",
        "DAGSTER_HOME": f"{home}/dagster_home",
    }
    assert own.read_bytes() == before
    to_add = printed.getvalue().partition("stays as it is")[2]
    assert "  ENCORD_PROJECT_HASH=0f1d\n" in to_add
    assert "ENCORD_SSH_KEY_FILE" not in to_add
