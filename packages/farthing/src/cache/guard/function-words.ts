/** The closed classes of English, as far as comparing questions needs them. */

export function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** Carry grammar, not content: a difference in one of these alone is judged elsewhere, if at all. */
export const functionWords: ReadonlySet<string> = words(`
  a an the of to in on at for with by from as is are was were be been being am do does did doing have has had having
  i me my mine we our ours us you your yours it its this that these those he she they them their theirs his her hers him
  and or but so if then than there here what which who whom whose when where why how can could may might shall should
  will would must whether about into onto out up down off over also just any some s d re ve per between each among
  amongst amid ll m t very really much many upon oneself myself yourself himself herself itself ourselves themselves
  someone somebody anybody anyone such go going get gets got let lets one ones because since though
  although while whilst through throughout during across along around toward towards within via like too quite rather
  both either neither under above below after before until till unless without against again more most less least
  every all only same other another own even ever still yet already ago using`);

/** Function words that change what is asked when they stand on one side only. */
export const weightyFunctionWords: ReadonlySet<string> = words(`
  only or and if unless until till before after without over under above below off out up down against all any some
  both either neither his her their ago more less most least same other another every each again already still yet
  ever even during within except alone`);

/** Belong to the asking. On one side only they change nothing. */
export const frameWords: ReadonlySet<string> = words(`
  please kindly possibly maybe perhaps honestly literally lol haha hmm erm guy folk mate buddy bro dude sir madam
  appreciate grateful advance favor favour trouble bother sorry apology chance mind explain describe tell give show list
  provide way step process procedure method thing help know need want find hello hi hey
  dear thank thanks regard best yo um uh pls plz kind person people possible able quick quickly real exactly actually currently
  basically question wonder curious think believe hear understand learn guide tutorial instruction
   answer detail write make name suggest advise recommend recommendation tip option suppose 
   ok okay sure good case situation something anything do 
    ask manner fashion follow correct properly determine identify example
  wat wot info information overview word phrase useful certain simply etc
  today's normally usually typically generally regarding concerning require requirement necessary`);

export const auxiliaries: ReadonlySet<string> = words(`
  do does did is are was were be am can could will would shall should may might must has have had how what which who why
  when where whom`);

export const negations: ReadonlySet<string> = words(`
  not no never without none neither nor nobody nothing nowhere hardly scarcely barely rarely seldom unable lack lacks
  lacking refuse refuses refused refusing except excluding excludes minus cannot aint sans`);

export const determiners: ReadonlySet<string> = words(`
  the a an my your our their his her its this that these those`);

export const coordinators: ReadonlySet<string> = words(`and or vs versus nor plus`);
