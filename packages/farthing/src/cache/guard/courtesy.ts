/** Greetings at the start: "Hi there," "Good morning!" "um, so". */
const greeting =
  /^(?:sorry to (?:bother|pester|trouble|disturb) you(?: (?:again|with this))?[,.!]\s*|with all due respect(?: for your time)?[,.!]\s*|dear (?:assistant|bot|ai|chatbot)[,.!]?\s*|(?:i )?(?:trust|hope) (?:you(?:'re| are)(?: all)?(?: doing| keeping)? (?:well|good|great|fine|ok|okay)|you(?:'re| are) having a (?:nice|great|good|lovely|wonderful) \w+|(?:this|my)(?: message| e?-?mail| note)? finds you(?: all)?(?: well| in good health)?|all is well|everything is (?:well|fine|good|ok|okay)|everyone is (?:well|fine|good))[.!,]\s*|(?:dear (?:sirs?|madam|sir or madam|team|support|support team|all|friend|expert))\b[,.!:]\s*|(?:hi|hello|hey|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|day))\b[^,.!?:\n"'`]{0,25}[,.!:]\s*|(?:um+|uh+|er+m?|so|well|ok(?:ay)?|hmm+|btw|by the way|please|pls|plz|kindly|sorry|excuse me|pardon me|yo|hey|hi|hello|howdy|quick question|random question|stupid question|dumb question|real quick|like|basically|honestly|also|and|anyway|anyways|alright|right|now)\b[,:!.…]+\s*|(?:um+|uh+|so|ok(?:ay)?|hmm+|btw|please|pls|plz|kindly|yo|hey|hi|hello|quick question|anyway)\b\s+)/i;

/** The frame of a request at the start: "could you please tell me", "I was wondering if you could". */
const asking =
  /^(?:(?:and|so|anyway|but|also|just|quickly|please|pls|plz|kindly|pretty please(?: with sugar on top)?|well|just wondering|wondering|i suppose|basically|simply|telling me|explaining(?: to me)?|showing me|giving me|what i(?:'d| would)? (?:really |actually )?(?:love|like|want|need)(?:ed)? to (?:know|ask|find out),?(?: if you (?:don't|do not) mind,?)? (?:is|was)(?: (?:basically|just|simply))*|could i trouble you for|if (?:it's|it is) (?:not )?(?:too much |no )?(?:trouble|bother)|if it (?:isn't|is not) too much (?:trouble|bother)|if you (?:don't|do not|wouldn't) mind|if possible|if you can|if you could|whenever you (?:have|get) a (?:minute|moment|second|sec|chance)|when you (?:have|get) a (?:minute|moment|second|sec|chance)|(?:i(?:'d| would|'ll| will) be (?:really |very |so |most )?(?:grateful|thankful|glad|happy|obliged)|i(?:'d| would) (?:really |very much )?appreciate it) if you (?:could|would|can)|would you mind|do you mind|i(?:'d| would) (?:really )?(?:like|love|want)(?: for)?(?: you)? to(?: know| ask| find out| understand| learn| hear| see)?|i (?:was|am|'m) (?:just )?(?:wondering|curious)(?: (?:if|whether|about))?(?: you (?:could|can|would))?|i(?:'m| am) (?:just )?(?:wondering|curious|trying to (?:find out|figure out|understand|learn|remember))(?: (?:if|whether|about))?(?: you (?:could|can|would))?|i (?:just )?(?:want(?:ed)?|need) to (?:know|ask|find out|understand|learn)(?: (?:if|whether))?|i (?:just )?need (?:you to|your help (?:to|with)|help (?:to|with)|some help with)|i hate to ask|i hope you can(?: help me(?: to| with)?)?|(?:can|could|would|will|might) (?:you|u|someone|anyone|somebody|anybody)(?: (?:please|kindly|possibly|maybe|perhaps|just|quickly|be so kind as to|be able to|help me(?: to| with)?|help|mind|go ahead and|tell me|explain to me))*|would it be possible (?:for you )?to|is it possible for you to|do you (?:know|happen to know|have any idea)|does any(?:one|body) know|any(?:one|body) know|is there any (?:chance|way) (?:that )?you (?:could|can)|any chance you (?:could|can)|let me know|tell me|give me|show me|help me(?: to| with)?|write me|explain to me|remind me again|any ideas?|any idea|please let me know)\b[,:]?\s*)/i;

/** Thanks at the end. It has to stand apart, or to be a single word that nobody asks about. */
const thanks =
  /(?:(?:[,.!?;:\n-]+\s*|\s+(?=(?:please|pls|plz|thanks|thx|lol|asap|kindly|tia|and have a)\b))(?<!\b(?:say|saying|says|for|word|of|to|than|spell|phrase|a|the|write|use|mean|means|and|or) )(?:(?:many )?thanks?(?: you)?(?: so much)?(?: a (?:lot|million|bunch|ton)| so (?:very )?much| very much| in advance| again| for (?:your|the|any) (?:help|time|assistance|support))*|thx|ty|tia|cheers|(?:best|kind|warm|with kind) regards|regards|much obliged|thanku+|thank u+|pretty please|cheers mate|much appreciated|greatly appreciated|appreciate it|appreciated|i(?:'d| would) (?:really |greatly )?appreciate (?:it|any help|your help)|any help (?:is|would be) (?:much |greatly )?appreciated|please|pls|plz|kindly|lol|haha|real quick|quickly|asap|(?:and )?have a (?:nice|great|good|lovely|wonderful) \w+|you(?:'re| are)(?: all)?(?: doing)? (?:the |a )?(?:great|best|wonderful|awesome|amazing|lifesaver|star)[^.?!]{0,30}|if (?:possible|you can|you could|you don't mind|that's ok|that's okay|it's not too much trouble)|would be (?:great|nice|appreciated))[!.,\s:)]*)$/i;

const tailLength = 200;
/** Nobody says more of it, and each is looked for by itself: one pattern for all of them took time without bound. */
const mostPhrases = 12;

/** The question without greeting, request frame and thanks; the question itself when nothing else would be left. */
export function stripCourtesy(text: string): string {
  let stripped = text;
  for (let phrase = 0; phrase < mostPhrases; phrase++) {
    const before = stripped;
    stripped = stripped.replace(greeting, '').replace(asking, '');
    const cut = Math.max(0, stripped.length - tailLength);
    stripped = stripped.slice(0, cut) + stripped.slice(cut).replace(thanks, (tail) => (tail.includes('?') ? '?' : ''));
    if (stripped === before) break;
  }
  return stripped.trim().length < 4 ? text : stripped;
}
