import { rpcBus } from "@web/core/network/rpc";

// What the page has asked the server and not been told yet. While the server of a test
// makes a PDF it refuses every other request, and a tour that ends while the chatter
// still loads loses that one: either way the browser reports a lost connection.
const waiting = new Set();
rpcBus.addEventListener("RPC:REQUEST", ({ detail }) => waiting.add(detail.data.id));
rpcBus.addEventListener("RPC:RESPONSE", ({ detail }) => waiting.delete(detail.data.id));

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/**
 * A step that waits until the page has asked nothing for a moment. It belongs before
 * every step that makes a PDF, and at the end of tours on pages with a chatter.
 */
export const quiet = () => ({
    content: "Nothing is asked of the server any more",
    trigger: "body",
    timeout: 20000,
    run: async () => {
        for (let still = 0; still < 10; still = waiting.size ? 0 : still + 1) {
            await pause(50);
        }
    },
});
