"""The Python module beside the library that UBPFSIM_LIBRARY names: python3 -m unittest, with Bindings/Python in PYTHONPATH."""

import tempfile
import threading
import unittest
from pathlib import Path

from ubpfsim import Access, Commit, Counts, Error, Ignore, Model, Rules

# r6 = 5; r7 = 0; loop: r7 += r6; *(u64 *)(r10 - 8) = r7; r6 -= 1; if r6 != 0 goto loop; r0 = *(u64 *)(r10 - 8); exit
LOOP = bytes.fromhex(
    "b706000005000000 b707000000000000 0f67000000000000 7b7af8ff00000000 07060000ffffffff 5506fcff00000000"
    "79a0f8ff00000000 9500000000000000".replace(" ", ""))


def commits(model):
    while (commit := model.step()) is not None:
        yield commit


class ModelTests(unittest.TestCase):
    def test_a_program_is_the_same_as_itself(self):
        with Model.program(LOOP) as design, Model.program(LOOP) as model:
            seen = list(commits(design))
            self.assertTrue(all(model.check(commit) for commit in seen))
            self.assertTrue(model.finish())
            self.assertEqual(model.counts, Counts(len(seen), 0, 0))
        self.assertEqual(seen[0], Commit(pc=0, instruction=0x0000_0005_0000_06B7, writes={6: 5}))
        self.assertEqual(seen[3].accesses, [Access(0x100_0FF8, 5, 8, True)])

    def test_what_differs_is_told_and_may_be_ignored(self):
        for rules, expected in [(None, False), (Rules(ignored=Ignore.STORES), True), (Rules(Ignore.STORES | Ignore.PC), True)]:
            with Model.program(LOOP) as design, Model.program(LOOP) as model:
                for number, commit in enumerate(commits(design)):
                    if number == 3:
                        commit.accesses = [Access(0x100_0FF8, 6, 8, True)]
                    self.assertEqual(model.check(commit, rules), expected or number != 3)
                if not expected:
                    self.assertIn("stores is st8 0x1000ff8=0x5 in the model, st8 0x1000ff8=0x6 in the design", model.differences[0])

    def test_registers_are_compared_under_masks(self):
        for mask, expected in [(0xFF, True), (0x1FF, False), (0, True)]:
            with Model.program(LOOP) as model:
                commit = Commit(pc=0, instruction=0x0000_0005_0000_06B7, writes={6: 0x105})
                self.assertEqual(model.check(commit, Rules(register_masks={6: mask})), expected)

    def test_a_scenario_knows_times(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "s.json")
            path.write_text('{"steps": [{"load_text": {"program": {"hex": "%s"}}}, {"run": {}}]}' % LOOP.hex())
            for late, expected in [(0, True), (2, True), (3, False)]:
                with Model.scenario(path) as design, Model.scenario(path) as model:
                    for commit in commits(design):
                        commit.cycle += 100 + (late if commit.order == 4 else 0)
                        same = model.check(commit, Rules(cycle_tolerance=2))
                        self.assertEqual(same, expected or commit.order != 4)
                    self.assertGreater(design.time, 0)

    def test_the_model_takes_over_what_it_cannot_know(self):
        with Model.program(LOOP, bytes(range(16))) as model:
            self.assertEqual((model.register(1), model.register(2)), (0x40_0000, 16))
            self.assertEqual(model.read_memory(0x40_0002, 3), b"\x02\x03\x04")
            model.write_memory(0x40_0002, b"\xaa")
            self.assertEqual(model.read_memory(0x40_0001, 3), b"\x01\xaa\x03")
            model.step()
            model.set_register(6, 1)
            self.assertEqual(sum(1 for _ in commits(model)), 7)

    def test_calls_that_make_no_sense_raise(self):
        with self.assertRaisesRegex(Error, "raw program length 3 is not a multiple of 8"):
            Model.program(b"abc")
        with self.assertRaisesRegex(Error, "nowhere.json"):
            Model.scenario("nowhere.json")
        model = Model.program(LOOP)
        for call in [lambda: model.read_memory(0, 8), lambda: model.run_until(5), lambda: model.register(11),
                     lambda: model.check_tlp("link", True, b"1234"), lambda: model.find_signal("device.core.pc"),
                     lambda: model.signal(0), lambda: model.check(Commit(0, 0, writes={11: 0})),
                     lambda: model.check(Commit(0, 0), Rules(register_masks={11: 0}))]:
            self.assertRaises(Error, call)
        model.close()
        model.close()
        with self.assertRaisesRegex(Error, "the model is closed"):
            model.step()

    def test_nothing_compared_is_no_success(self):
        with Model.program(LOOP) as model:
            self.assertFalse(model.finish())
            self.assertEqual(model.differences, ["nothing was compared"])

    def test_models_of_several_threads_do_not_meet(self):
        results = []

        def work():
            with Model.program(LOOP) as design, Model.program(LOOP) as model:
                results.append(all(model.check(commit) for commit in commits(design)) and model.finish())

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, [True] * 8)


if __name__ == "__main__":
    unittest.main()
