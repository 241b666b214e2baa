import pytest

from encode.records import ShardError
from pipelines.errors import UserError
from pipelines.settings import RunSettings
from pipelines.stage import StageContext
from pipelines.train import _mendable
from train.errors import TrainError

FAULTS = {
    "damaged shard": (ShardError("a.tfrecord: record 3: its data is damaged"), "kinari check"),
    "shards that do not fit": (TrainError("another context"), "another context"),
    "no file": (FileNotFoundError("encode/vocab.txt"), "encode/vocab.txt"),
}


@pytest.mark.parametrize(("error", "said"), FAULTS.values(), ids=FAULTS)
def test_what_the_user_can_mend_is_one_line(tmp_path, error, said):
    context = StageContext(str(tmp_path), "train", RunSettings(name="small"), "", {})
    with pytest.raises(UserError) as found, _mendable(context):
        raise error
    assert said in str(found.value) and str(error) in str(found.value)
    assert "\n" not in str(found.value)


def test_a_bug_goes_through(tmp_path):
    context = StageContext(str(tmp_path), "train", RunSettings(name="small"), "", {})
    with pytest.raises(ZeroDivisionError), _mendable(context):
        raise ZeroDivisionError
