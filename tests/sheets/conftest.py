from tests.sheets.fixtures import bank, fresh_bank, template, who

__all__ = ["bank", "fresh_bank", "template", "who"]
