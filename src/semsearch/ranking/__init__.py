"""In which order do posts answer a question, and how surely? The same for those who ask and for the rebuild that
measures what a score is worth."""
