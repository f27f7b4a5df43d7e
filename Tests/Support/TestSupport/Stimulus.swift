// Tests that take random numbers or programs need no other import than that of this module.
@_exported import Stimulus
