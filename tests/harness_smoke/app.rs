//! The real app opens its window under WebDriver.
