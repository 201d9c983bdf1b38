//! Starting the program, and telling all about it when something is not as expected.
