import { embeddedBusOfTest, instanceStory } from '../support/instance-story.ts';

instanceStory('the embedded bus', embeddedBusOfTest);
