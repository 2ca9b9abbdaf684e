# unittests.py MODULE: runs one of CPython's own test modules and prints how each of its tests ended, in order of their names.
import importlib
import io
import os
import sys
import tempfile
import unittest

import test.support

test.support.use_resources = {}


class Outcomes(unittest.TextTestResult):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = []

    def note(self, test, outcome):
        self.seen.append(f"{test.id() if hasattr(test, 'id') else test} {outcome}")

    def addSuccess(self, test):
        super().addSuccess(test)
        self.note(test, "passed")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.note(test, "failed")

    def addError(self, test, error):
        super().addError(test, error)
        self.note(test, "error")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note(test, "skipped")


# Processes that multiprocessing starts import this file too.
if __name__ == "__main__":
    os.chdir(tempfile.mkdtemp())
    suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module("test." + sys.argv[1]))
    details = io.StringIO()
    result = unittest.TextTestRunner(details, resultclass=Outcomes).run(suite)
    sys.stdout.flush()
    for line in sorted(result.seen):
        print("=", line)
    print("= ran", result.testsRun)
    sys.stdout.flush()
    if not result.wasSuccessful():
        sys.stderr.write(details.getvalue())
    sys.exit(0 if result.wasSuccessful() else 1)
