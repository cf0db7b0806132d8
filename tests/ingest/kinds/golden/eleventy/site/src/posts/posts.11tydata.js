module.exports = {
  layout: "post.njk",
  tags: ["posts"],
  permalink: "/{{ page.date | date: '%Y/%m' }}/{{ page.fileSlug }}/",
};
