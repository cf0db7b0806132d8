"""What several exports, or one of many parts, need: texts, titles, and the markup of their editors."""
