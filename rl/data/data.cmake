# Rows of problems: formats, checks, filters, makers.
set(hone_rl_data_sources
    data/data_check.cc data/data_filter.cc data/data_format.cc data/duplicates.cc data/flaw_counts.cc data/gold_check.cc data/length_stats.cc
    data/make_arithmetic.cc data/make_countdown.cc data/make_countdown_texts.cc data/make_one_liners.cc data/make_row.cc data/make_word_problems.cc data/overlap.cc data/pass_rates.cc data/row_fields.cc data/row_files.cc data/row_screen.cc data/words.cc)
