"""Settings of the clean stage."""

from pydantic import BaseModel, ConfigDict, Field

from clean.judge_settings import JudgeSettings, SiteSettings
from clean.normalize.settings import NormalizeSettings


class ExtractSettings(BaseModel):
    """How a page's main text is found, and what a page may cost."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    max_bytes: int = Field(default=4 << 20, ge=1024, le=64 << 20)
    """Largest body extracted, in bytes; above it a page is `too_large`. Most HTML is below."""
    seconds: float = Field(default=5.0, gt=0, le=600)
    """Processor seconds one page may take: ordinary ones need 0.005, hostile ones end here."""
    memory_mib: int = Field(default=1024, ge=256, le=65536)
    """Memory that the extracting process may hold, in MiB, about 200 for its libraries included."""
    arbiter: bool = True
    """Ask trafilatura where the layout gives no clear main part. Off: the cheap reading stands."""


class RepairSettings(BaseModel):
    """Which defects of text are repaired. Each repair is counted by its name."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    mojibake: bool = True
    """Undo text that was decoded wrongly before it was published, where that is sure."""
    half_width_kana: bool = True
    """Half-width katakana become full-width (ﾊﾟ -> パ): the same letters, from old terminals."""
    combining_marks: bool = True
    """A kana and a combining (han)dakuten become one letter (か and U+3099 -> が)."""
    compatibility_forms: bool = True
    """CJK compatibility ideographs and radicals become the characters that they stand for."""
    full_width: bool = False
    """Full-width ASCII (ＡＢＣ１２３) becomes ASCII. Off: width is how the author wrote it."""
    indents: bool = True
    """U+3000 at the start of a line, a typographic indent, is taken out."""


class CleanSettings(BaseModel):
    """What clean keeps."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    min_chars: int = Field(default=200, ge=1, le=100_000)
    """Shortest text kept, in code points. Below this, script shares and other signals are noise."""
    kana_share: float = Field(default=0.02, ge=0, le=1)
    """Least share of kana among the letters of a page, a Latin letter counted for a fifth, for
    extraction to be worth its cost. Japanese with the fewest kana, technical, has 0.12."""
    extract: ExtractSettings = ExtractSettings()
    repair: RepairSettings = RepairSettings()
    sites: SiteSettings = SiteSettings()
    judge: JudgeSettings = JudgeSettings()
    normalize: NormalizeSettings = NormalizeSettings()
