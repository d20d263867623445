import { lexicalAntonyms } from './lexicon.js';
import type { Token } from './token.js';

/** Opposites: each word left of a slash is the opposite of each word right of it. Groups are not chained. */
const opposites = `
more/less,few,fewer most/least,fewest over,above,exceeding,beyond/under,below,beneath before,prior/after,following,since
until,till/from,since to/from earlier/later ascending/descending asc/desc
increase,raise,rise,gain,grow,up,boost,escalate,widen,expand/decrease,reduce,lower,fall,drop,cut,lose,decline,down,shrink,diminish,lessen,narrow,contract
increasing,growing,rising/decreasing,shrinking,falling,declining
high,higher,highest,tall,taller,tallest/low,lower,lowest,short,shorter,shortest
max,maximum,maximal,maximize,most,largest,biggest,greatest/min,minimum,minimal,minimize,least,smallest
large,big,larger,bigger,huge,greater/small,little,smaller,tiny,lesser largest,biggest/smallest
first,oldest,earliest,initial/last,newest,latest,youngest,final old,older,oldest/new,newer,young,younger,modern,youngest
ancient/modern fast,faster,quick,quicker,rapid,fastest/slow,slower,slowest hot,warm,hotter,warmer,heat/cold,cool,colder,cooler,chill
long,longer,longest,lengthy/short,shorter,shortest,brief cheap,cheaper,budget,affordable,cheapest,inexpensive/expensive,fancy,luxury,costly,upscale,pricey,dear
good,better,best,great/bad,worse,worst,poor,terrible,awful strong,stronger,strongest/weak,weaker,weakest rich,wealthy/poor
easy,easier,easiest,simple,basic,beginner/hard,difficult,advanced,complex,expert,harder,tough,challenging,tricky
open,opened,opening/close,shut,closed,closing on,in/off,out enable,activate/disable,deactivate
start,begin,launch,commence,starting,beginning/stop,end,quit,kill,finish,terminate,cease,ending
check-in/check-out sign-in/sign-out log-in/log-out login/logout signin/signout
install,add,attach,insert,append,create,include/uninstall,remove,delete,detach,drop,exclude,destroy
import,upload,push/export,download,pull encrypt,encode,compress,zip,serialize,pack/decrypt,decode,decompress,unzip,deserialize,unpack
allow,permit,accept,approve,enable,grant/deny,forbid,reject,block,ban,refuse,prohibit,decline,disallow,prevent,revoke
buy,purchase,buying/sell,selling lend/borrow give,send,donate/receive,get,take win,beat,gain,victory/lose,loss,defeat
love,like,enjoy/hate,dislike,detest,loathe true/false positive/negative
pro,pros,advantage,benefit,upside,strength,merit/con,cons,disadvantage,drawback,downside,risk,weakness,flaw,harm
cause,source,reason/effect,consequence,cure,result,outcome,impact symptom,sign/treatment,cure,cause,prevention,remedy
diagnosis/treatment,prognosis pass,succeed,success/fail,failure optimistic/pessimistic formal/informal,casual professional,formal/casual,amateur
public,publicly/private,privately internal,inside,inner,indoor,inbound,incoming,indoors,interior/external,outside,outer,outdoor,outbound,outgoing,outdoors,exterior
front/back,rear,behind forward/backward,back,backwards left/right top,upper/bottom,lower
north,northern/south,southern east,eastern/west,western northeast/southwest,northwest,southeast
male,man,men,boy,husband,father,king,brother,son,uncle,dad,groom,gentleman,grandfather,nephew,masculine,prince/female,woman,women,girl,wife,mother,queen,sister,daughter,aunt,mom,mum,bride,lady,grandmother,niece,feminine,princess
parent,adult/child,kid,toddler,baby,teenager,infant,teen adult/teenager,minor day,daytime/night,nighttime
morning/evening,afternoon,night lunch/dinner,breakfast breakfast/dinner
today,now,current,currently,present/yesterday,tomorrow,previous,former,past,next,later,soon current,latest,newest/previous,former,oldest
this/next,last next,upcoming,coming,subsequent,future/previous,last,past,former,prior past/future,present
unless/if option,right,choice/duty,obligation backup/restore predecessor/successor own/belong sooner,earlier/later in-favor,favor,pro,supporting/against,opposing granddaughter,grandson/grandfather,grandmother,grandparent make,force,require,oblige,compel/let,allow,permit valid/invalid,void arrive,arrival/depart,departure,leave precede/succeed,follow while,during/after,before,once
always,constantly/never,sometimes,rarely,seldom often,frequently/rarely,seldom,never
all,every,everything,everyone,entire,whole,full,everybody/none,no,some,any,one,half,part,partial,few,most,single,nobody,nothing
many,most,majority,lots,loads,numerous/few,minority each,per/total,overall any,some/all,every several,multiple,many/single,one
both/either,neither hard/soft hire,recruit/fire,dismiss legal,lawful/illegal,unlawful married,marry/single,divorced,unmarried,divorce,widowed
employed/unemployed,self-employed full-time,fulltime/part-time,parttime permanent/temporary,temp rent,lease/buy,own
renter/owner,homeowner debit/credit deposit,deposited/withdraw,withdrawal asset/liability,debt supply/demand employer/employee,worker
landlord/tenant,renter buyer,customer/seller,vendor lender,creditor/borrower,debtor teacher,instructor/student,pupil,learner
doctor,physician,nurse/patient sender/receiver,recipient attacker/defender,victim author,writer/reader host/guest
plaintiff,prosecutor/defendant mentor/mentee trainer/trainee interviewer/interviewee,candidate payer/payee licensor/licensee
upgrade/downgrade,cancel cancel,unsubscribe,terminate/renew,subscribe,book,order,continue,extend join,enter/leave,exit,quit
lock/unlock show,reveal,unhide,display/hide,conceal merge,join,combine,unite/split,separate,divide simplify/complicate
gifted,talented/struggling synchronous,sync/asynchronous,async static/dynamic client/server frontend,front-end/backend,back-end
vertical,vertically/horizontal,horizontally row/column odd/even long-term/short-term arrive,arrival,arriving/depart,departure,leave,departing,leaving
must,mandatory,required,compulsory,obligatory/optional,may,can,voluntary,optionally head,heads/tail,tails sunrise,dawn/sunset,dusk
harmless,nontoxic/dangerous,harmful,poisonous,venomous,toxic strengthen/relax,weaken fasten/loosen,unfasten closer,nearer,near,close/farther,further,far,distant win/lose safe,safely,secure/dangerous,unsafe,harmful,insecure,risky overactive,hyperactive/underactive hyper/hypo input/output
mandatory/advisable,recommended singular/plural domestic,local,national/international,foreign,global,overseas wholesale/retail gross/net
before-tax,pretax/after-tax read,reading/write,writing parent/grandparent include,including/exclude,excluding,except
clean,spotless,tidy/filthy,dirty,messy dry/wet,humid,moist heavy,heavier,heaviest/light,lighter,lightest thick,thicker/thin,thinner
wide,wider,broad/narrow,narrower early,earlier,earliest/late,later,latest deep,deeper/shallow loud,louder,noisy/quiet,quieter,silent
summary,brief,overview,tldr,short,concise/detailed,in-depth,full,walkthrough,long,elaborate,comprehensive,thorough
inhale/exhale inflate/deflate ascend/descend accelerate,speed/decelerate,slow acquire,gain/lose,divest agree,agreed/disagree,refuse
arrive/depart attract/repel bless/curse bright,brighter,brighten,light/dark,dim,darker,darken build,construct/demolish,destroy
calm/anxious,nervous,stormy child,minor/adult,parent common,usual,frequent/rare,uncommon,unusual,scarce confident/insecure,shy
connect,connected,attach/disconnect,disconnected,detach,offline correct,right,accurate/incorrect,wrong,inaccurate,mistaken create/destroy,delete
crowded,busy/empty,quiet,deserted dead,death,die/alive,life,live,survive deflation/inflation expand,unfold/collapse,fold,contract
export/import extrovert,introvert_/introvert fact/opinion,fiction,myth fertile/infertile fiction/nonfiction,non-fiction flexible/rigid,strict
follow,follower/lead,leader,unfollow fresh/stale,frozen,rotten friend/enemy,foe full/empty,half,partial generous/stingy,greedy guilty/innocent
happy,happiest,joyful/sad,unhappy,saddest,depressed healthy/unhealthy,sick,ill honest/dishonest hope/despair hungry/full human/robot,machine,animal
hydrate/dehydrate include/omit,leave individual/group,corporate,team joint/separate,single junior/senior,experienced kind/cruel,mean
liberal/conservative republican,republicans/democrat,democrats,democratic liquid/solid,gas lucky/unlucky majority/minority
major/minor manual,manually/automatic,automatically,automated mild/severe,spicy natural/artificial,synthetic new/used,existing,returning,secondhand
normal,regular/abnormal,special,irregular,unusual obese,overweight/underweight occupied/vacant offense,offensive/defense,defensive
online/offline,in-person organic/inorganic,conventional paid/free,unpaid passive/active peace/war permanent/temporary physical/digital,virtual,mental
polite/rude,impolite popular/unpopular portrait/landscape possible/impossible praise/criticize,criticise presence/absence private/public
producer/consumer profit/loss,revenue promote/demote prose/verse,poetry,table proud/ashamed pull/push purchase/sale,rent,refund
raw/cooked,processed real,genuine/fake,imaginary,counterfeit receive/send recipient/donor relevant/irrelevant reply/forward,ignore
retail/wholesale reward/punish,punishment,penalty right-handed/left-handed rural/urban safe/risky same,identical,similar/different,opposite,distinct
save/spend,waste,discard,delete serious,seriously/funny,humorous,joking sharp/blunt,dull,flat short-haul/long-haul skinny,thin,slim/fat,thick
smooth/rough sober/drunk solvable/unsolvable sour,bitter,savory,salty,unsweetened/sweet,sweetened spend/earn,save stable/unstable
stand/sit stationary/moving,mobile straight/curly,curved,crooked strict/lenient,loose sunny/cloudy,rainy,cloudy_ take/give,bring
tight,tighten/loose,loosen tighten/loosen tomorrow/yesterday,today traditional/modern transparent/opaque trust/distrust,mistrust
undergraduate/graduate,postgraduate,masters,phd uphill/downhill upstairs/downstairs upstream/downstream uptown/downtown valid/invalid,expired
vegan,vegetarian/meat,carnivore,omnivore victory/defeat visible/hidden,invisible warm/cool,cold weekday,weekdays/weekend,weekends
win/lose winner/loser winter/summer,spring,autumn,fall spring/autumn,fall,summer young/old,elderly,senior zoom-in/zoom-out
breadth-first/depth-first leftmost/rightmost newest/oldest,earliest newer/older youngest/oldest,eldest younger/older,elder
highest/lowest uppercase/lowercase prepend/append stack/queue encode/decode mount/unmount subscribe/unsubscribe commit/rollback,revert
stdin/stdout inbound/outbound ingress/egress upstream/downstream compile/decompile master/slave,branch,replica producer/subscriber
local/remote,global shallow/deep mutable/immutable sparse/dense linear/nonlinear,exponential supervised/unsupervised train/test
bull,bullish/bear,bearish long/short solvent/insolvent surplus/deficit fixed/variable,adjustable,floating taxable/nontaxable,exempt,tax-free
secured/unsecured term/whole refundable/nonrefundable,non-refundable prepaid/postpaid debit/credit salaried,salary/hourly exempt/nonexempt
acute/chronic benign/malignant systolic/diastolic bacterial/viral,fungal upper/lower inpatient/outpatient generic/brand,branded,brand-name
hypertension/hypotension hyperglycemia/hypoglycemia hyperthyroidism/hypothyroidism constipation/diarrhea prenatal/postnatal,postpartum
prescription/over-the-counter soluble/insoluble convex/concave maxima/minima acid,acidic/alkaline,base,basic exothermic/endothermic
odd-numbered/even-numbered numerator/denominator clockwise/counterclockwise,anticlockwise multiply/divide addition,add,plus/subtraction,subtract,minus
integral,integrate/derivative,differentiate sine,sin/cosine,cos mean,average/median,mode latitude/longitude predator/prey theist/atheist
gas/electric,diesel petrol,gasoline/diesel,electric landline/mobile wired/wireless front-wheel/rear-wheel automatic/manual one-way/round-trip
departure/return carry-on/checked,hold economy/business,first-class window/aisle smoking/non-smoking,nonsmoking breakfast/half-board
ebook/hardcover,paperback,audiobook subtitle,subtitled/dubbed prequel/sequel hero,protagonist/villain,antagonist comedy/tragedy
major/minor_ sharp/flat soprano/bass home/away amateur/professional goalkeeper/striker attack,offense/defense,defend
acceptance,accept,accepting/rejection,decline,declining,reject,turning-down resign,resignation/hire,offer promote,promotion/demotion complaint,complain/praise,compliment
apology/complaint,thanks welcome,greeting/farewell,goodbye invite,invitation/decline gain/lose congratulate/console,condolence
thaw,defrost/freeze melt/freeze boil/freeze sharpen/blunt,dull straighten/curl plug/unplug zip/unzip button/unbutton wrap/unwrap load/unload
mute/unmute pin/unpin archive/unarchive,delete block/unblock follow/unfollow like/unlike freeze/unfreeze arm/disarm assemble,build/disassemble,dismantle
employ/dismiss marry/divorce confirm/cancel,deny book/cancel admit/deny,discharge remember/forget find/lose catch/miss,throw arrive/miss
strengthen/weaken lengthen/shorten sink/float rise/set wake/sleep sleep,asleep/awake wax/wane overpay/underpay overcook/undercook
overestimate/underestimate overweight/underweight overtime/undertime inclusive/exclusive explicit/implicit majority/minority odds/evens`;

const table = new Map<string, Set<string>>();
function oppose(one: string, other: string): void {
  const known = table.get(one);
  if (known) known.add(other);
  else table.set(one, new Set([other]));
}
for (const pair of opposites.trim().split(/\s+/)) {
  const [left = '', right = ''] = pair.split('/');
  for (const one of left.split(',')) {
    for (const other of right.split(',')) {
      if (one === other) continue;
      oppose(one, other);
      oppose(other, one);
    }
  }
}

/** Words that a negating prefix does not negate: discover, display, inform, deliver, mistake. */
const notPrefixed: ReadonlySet<string> = new Set(
  `cover count play form port press sure crease cite fect put come stance deed vest vite patch ease vent side tent spire fancy land
  part liver tail mand fend sire serve fine light pend fault lay take ally tact trust less less cover miss solve charge pose
  tribute cuss grace guise pute course tinct turb dain gust tract patch sent pel burden cord crete crime criminate position posit
  clip cline cover lay lighted lightful mark market mise mother nature note pot rive scribe scent scend sign stroy test tour
  velop vote quip tin ink ion it ate der derstand iform ique ite load_ ruly veil usual_ wind earth nerve bosom lease`.split(
    /\s+/,
  ),
);
const shortestAfter: Readonly<Record<string, number>> = {
  un: 3,
  non: 3,
  dis: 4,
  mis: 4,
  in: 5,
  im: 5,
  il: 4,
  ir: 4,
  de: 6,
  anti: 4,
  counter: 4,
};

/** `unlock` negates `lock`, `encrypt` and `decrypt` oppose each other. */
function prefixed(longer: string, shorter: string): boolean {
  if (longer.length > shorter.length && longer.endsWith(shorter)) {
    const prefix = longer.slice(0, longer.length - shorter.length).replace(/-$/, '');
    const shortest = shortestAfter[prefix];
    return shortest !== undefined && shorter.length >= shortest && !notPrefixed.has(shorter);
  }
  const stem = longer.slice(2);
  return (
    stem.length > 3 &&
    stem === shorter.slice(2) &&
    ((longer.startsWith('en') && shorter.startsWith('de')) ||
      (longer.startsWith('in') && shorter.startsWith('ex')) ||
      (longer.startsWith('im') && shorter.startsWith('ex')) ||
      (longer.startsWith('in') && shorter.startsWith('de') && longer !== 'intention'))
  );
}

const affixes: readonly (readonly [string, string])[] = [
  ['over', 'under'],
  ['pre', 'post'],
  ['hyper', 'hypo'],
  ['inter', 'intra'],
  ['up', 'down'],
  ['macro', 'micro'],
  ['maxi', 'mini'],
  ['mono', 'poly'],
  ['homo', 'hetero'],
  ['endo', 'exo'],
  ['in', 'out'],
  ['upper', 'lower'],
  ['fore', 'hind'],
  ['north', 'south'],
];
function affixed(one: string, other: string): boolean {
  for (const [left, right] of affixes) {
    if (
      one.startsWith(left) &&
      other.startsWith(right) &&
      one.length - left.length > 2 &&
      one.slice(left.length) === other.slice(right.length)
    )
      return true;
  }
  return one.endsWith('ful') && other.endsWith('less') && one.slice(0, -3) === other.slice(0, -4);
}

const degree = /^(.{3,}?)(er|est)$/;

function listed(one: string, other: string): boolean {
  return table.get(one)?.has(other) === true || lexicalAntonyms(one, other);
}

/** Two words that say the opposite of each other. */
export function opposite(one: string, other: string): boolean {
  if (one === other) return false;
  const degrees = [degree.exec(one), degree.exec(other)];
  if (degrees[0] && degrees[1] && degrees[0][2] === degrees[1][2] && listed(degrees[0][1] ?? '', degrees[1][1] ?? ''))
    return true;
  return (
    listed(one, other) || prefixed(one, other) || prefixed(other, one) || affixed(one, other) || affixed(other, one)
  );
}

/** Two tokens that say the opposite of each other, by what is written or by lemma. */
export function areAntonyms(left: Token, right: Token): boolean {
  if (left.key === right.key) return false;
  return (
    opposite(left.text, right.text) ||
    opposite(left.key, right.key) ||
    opposite(left.text, right.key) ||
    opposite(left.key, right.text)
  );
}
