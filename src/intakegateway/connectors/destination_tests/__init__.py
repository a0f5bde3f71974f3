"""The parts of the suite that every destination passes; see ``testing_destinations``."""
