mod check;
mod scan;
