/** Forms that no suffix rule leads back to their lemma, and words that only look inflected. */
const table = `
child:children man:men woman:women person:people,persons mouse:mice foot:feet tooth:teeth goose:geese life:lives wife:wives knife:knives half:halves
leaf:leaves shelf:shelves thief:thieves wolf:wolves loaf:loaves calf:calves self:selves ox:oxen die:dice
win:won,winning beat:beaten,beating buy:bought sell:sold give:gave,given,giving take:took,taken,taking go:went,gone write:wrote,written,writing make:made,making pay:paid say:said
find:found leave:left,leaving lose:lost,losing get:got,gotten keep:kept teach:taught learn:learnt lend:lent send:sent build:built
break:broke,broken choose:chose,chosen,choosing eat:ate,eaten drink:drank,drunk begin:began,begun,beginning die:died,dying lie:lying,lain know:known,knew
see:seen,saw hold:held lead:led meet:met run:ran,running speak:spoke,spoken spend:spent stand:stood tell:told think:thought
understand:understood wake:woken,woke mother:mom,mum criterion:criteria analysis:analyses phenomenon:phenomena datum_:datums fly:flew,flown drive:drove,driven,driving
ride:rode,ridden,riding rise:rose,risen,rising sing:sang,sung swim:swam,swum,swimming sit:sat,sitting fall:fell,fallen feel:felt fight:fought
forget:forgot,forgotten,forgetting forgive:forgave,forgiven freeze:froze,frozen grow:grew,grown hear:heard hide:hid,hidden,hiding shoot:shot shut:shutting
sleep:slept steal:stole,stolen stick:stuck strike:struck swear:swore,sworn sweep:swept tear:tore,torn throw:threw,thrown wear:wore,worn
bring:brought catch:caught come:came,coming draw:drew,drawn dig:dug feed:fed bite:bit_,bitten blow:blew,blown burn:burnt deal:dealt dream:dreamt
bleed:bled breed:bred cling:clung creep:crept flee:fled grind:ground_ kneel:knelt lay:laid mean:meant mow:mown prove:proven seek:sought shake:shook,shaken
shine:shone show:shown shrink:shrank,shrunk sink:sank,sunk slide:slid speed:sped spin:spun spring:sprang,sprung sting:stung
strive:strove tread:trodden weave:wove,woven weep:wept wind:wound_ withdraw:withdrew,withdrawn undo:undid,undone overcome:overcame become:became,becoming bind:bound
arise:arose,arisen bear:born_,borne bend:bent have:having use:used,using cause:causing create:creating,created,creates delete:deleting,deleted
stop:stopped,stopping plan:planned,planning cancel:cancelled,canceled,cancelling,canceling travel:travelled,traveled,travelling,traveling label:labelled,labeled,labelling
model:modelled,modelling program:programmed,programming_ set:setting_ put:putting cut:cutting hit:hitting split:splitting quit:quitting
tax:taxes,taxed bus:buses virus:viruses status:statuses index:indexes,indices matrix:matrices vertex:vertices axis:axes crisis:crises thesis:theses
medium:media appendix:appendices bacterium:bacteria fungus:fungi cactus:cacti stimulus:stimuli syllabus:syllabi alumnus:alumni formula:formulae,formulas
cookie:cookies movie:movies zombie:zombies calorie:calories pie:pies tie:ties,tied,tying birdie:birdies selfie:selfies smoothie:smoothies prairie:prairies rookie:rookies brownie:brownies genie:genies goalie:goalies eerie:eerier
more:more most:most good:good well:well bad:bad shoe:shoes toe:toes canoe:canoes hero:heroes potato:potatoes tomato:tomatoes echo:echoes veto:vetoes
size:sizes,sized,sizing axe:axed house:houses,housed course:courses horse:horses nurse:nurses purse:purses expense:expenses license:licenses response:responses
sense:senses exercise:exercises,exercised,exercising release:releases,released,releasing increase:increases,increased,increasing decrease:decreases,decreased,decreasing
purchase:purchases,purchased,purchasing database:databases disease:diseases phase:phases phrase:phrases lease:leases,leased base:bases,based cause:causes,caused
close:closes,closed,closing expose:exposes,exposed lose:loses choose:chooses raise:raises,raised,raising praise:praises,praised
cache:caches,cached,caching headache:headaches ache:aches,aching toothache:toothaches stomachache:stomachaches avalanche:avalanches
difference:differences mortgage:mortgages judge:judges,judged,judging change:changes,changed,changing charge:charges,charged,charging manage:manages,managed,managing
image:images page:pages language:languages message:messages package:packages college:colleges bridge:bridges range:ranges
quiz:quizzes wish:wishes,wished dish:dishes wash:washes,washed boss:bosses class:classes glass:glasses process:processes,processed,processing
address:addresses,addressed,addressing access:accesses,accessed,accessing business:businesses illness:illnesses mass:masses loss:losses witness:witnesses
focus:focuses,focused,focusing bias:biases,biased lens:lenses gas:gases campus:campuses bonus:bonuses census:censuses
refer:referred,referring prefer:preferred,preferring occur:occurred,occurring transfer:transferred,transferring commit:committed,committing,commits submit:submitted,submitting permit:permitted,permitting admit:admitted,admitting
control:controlled,controlling enrol:enrolled install:installed,installing fulfil:fulfilled call:called,calling sell:selling tell:telling spell:spelled,spelling fill:filled,filling kill:killed,killing pull:pulled,pulling roll:rolled,rolling drill:drilled,drilling
pass:passed,passing miss:missed,missing guess:guessed,guessing dress:dressed,dressing press:pressed,pressing discuss:discussed,discussing express:expressed,expressing
write:wrote prevent:prevented lower:lowered,lowering answer:answered,answering offer:offered,offering order:ordered,ordering cover:covered,covering
eliminate:eliminating,eliminated visit:visited,visiting edit:edited,editing exit:exited,exiting limit:limited,limiting benefit:benefited,benefiting,benefits market:marketing_ open:opened,opening_ happen:happened,happening listen:listened,listening
develop:developed,developing wonder:wondered consider:considered,considering deliver:delivered,delivering remember:remembered register:registered,registering
lenient:leniency ski:skis,skiing taxi:taxis agree:agreed,agreeing free:freed see:seeing guarantee:guaranteed flee:fleeing be_:beings disappear:disappeared`;

const invariant = `is was this has does his its us as bus news series species means less illness christmas always https redis kubernetes pandas
windows macos ios jenkins yes gas physics mathematics basis diabetes overseas perhaps lens during nothing morning evening king spring string thing wedding
need speed seed feed bed red hundred something anything everything economics politics statistics ethics aerobics gymnastics mumps measles rabies
aws sass css dns gps sms tls rss ios process access address across plus minus versus thus status virus focus bonus campus census corpus
campuses texas kansas arkansas paris athens brussels honduras bahamas netherlands philippines maldives seychelles wales illinois massachusetts
united states ceiling building_ bring sing ring wing sting swing fling cling ping king sling string bring meaning boeing beijing
sacred wicked naked shed sled bred breed greed weed indeed exceed proceed succeed embed hatred kindred biped
used outdoors indoors upstairs downstairs besides towards afterwards sometimes nowadays whereas chess mess stress business glasses jeans
pants trousers scissors shorts tennis arthritis bronchitis analysis thesis crisis emphasis hypothesis oasis diagnosis psychosis sepsis
cannabis penis pelvis iris debris chassis rabies canvas atlas alias bias christmas asbestos chaos kudos cosmos pathos rhinoceros moses jesus
columbus venus mars uranus ares hermes hades socrates descartes james charles thomas lewis davis jones adams williams harris
los las angeles mercedes prius lexus nexus mac_os amazon walmart sears levis adidas`;

const lemmas = new Map<string, string>();
for (const entry of table.trim().split(/\s+/)) {
  const [lemma = '', forms = ''] = entry.split(':');
  for (const form of forms.split(',')) lemmas.set(form, lemma);
}
for (const word of invariant.trim().split(/\s+/)) lemmas.set(word, word);

/** The lemma of an irregular form, and of a word that must stay as it is. */
export function irregularLemma(form: string): string | undefined {
  return lemmas.get(form);
}
