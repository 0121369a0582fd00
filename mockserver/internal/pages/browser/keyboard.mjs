// Somebody who has no mouse.
import assert from 'node:assert/strict';

const bare = Symbol('what is wrapped');
const finds = new Set(['getByRole', 'getByLabel', 'getByText', 'locator', 'first', 'nth', 'or', 'filter']);

/** byKeyboard is a page on which all that is clicked, filled in and chosen is reached by Tab, and done by keys. */
export const byKeyboard = (page) => wrap(page, page);

function wrap(page, it) {
  return new Proxy(it, {
    get(target, name) {
      if (name === bare) return target;
      if (target !== page && name in acts) return (...values) => acts[name](page, target, ...values);
      const value = target[name];
      if (typeof value !== 'function') return value;
      if (finds.has(name)) return (...values) => wrap(page, value.apply(target, values.map((v) => v?.[bare] ?? v)));
      return value.bind(target);
    },
  });
}

const acts = {
  async click(page, target) {
    await tabTo(page, target);
    const moved = page.waitForNavigation();
    await page.keyboard.press('Enter');
    await moved;
  },
  async fill(page, target, text) {
    await tabTo(page, target);
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(text);
  },
  async selectOption(page, target, value) {
    await tabTo(page, target);
    await page.keyboard.press('Home');
    for (let i = 0; await target.inputValue() !== value; i++) {
      assert.ok(i < 100, `${target}: arrows don't reach ${value}`);
      await page.keyboard.press('ArrowDown');
    }
  },
};

/** tabTo fails where Tab doesn't lead, or nobody sees that it did. */
async function tabTo(page, target) {
  const element = await target.elementHandle();
  for (let i = 0; i < 300; i++) {
    await page.keyboard.press('Tab');
    const at = await element.evaluate((e) => e === document.activeElement && { outline: getComputedStyle(e).outlineStyle });
    if (!at) continue;
    assert.notEqual(at.outline, 'none', `the focus on ${target} can't be seen`);
    return;
  }
  assert.fail(`${target} isn't reached by Tab on ${page.url()}`);
}
